// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggerContextListener;
import java.util.List;

/**
 * Keeps libraries that log what they send, with keys, tokens and passwords in it, at INFO or above,
 * whatever the operator's own Logback file says, also when that changes.
 */
final class LibraryLogLevels implements LoggerContextListener {
  private static final List<String> NAMES =
      List.of(
          "software.amazon.awssdk", "io.netty.handler.logging", "io.grpc", "io.vertx", "io.etcd");

  private LibraryLogLevels() {}

  /** Holds from now on. */
  static void enforce(LoggerContext context) {
    context.addListener(new LibraryLogLevels());
    lower(context);
  }

  private static void lower(LoggerContext context) {
    for (String name : NAMES) {
      context.getLogger(name);
    }
    for (Logger logger : context.getLoggerList()) {
      boolean isOfThem =
          NAMES.stream()
              .anyMatch(
                  name -> logger.getName().equals(name) || logger.getName().startsWith(name + "."));
      if (isOfThem && !logger.getEffectiveLevel().isGreaterOrEqual(Level.INFO)) {
        logger.setLevel(Level.INFO);
      }
    }
  }

  @Override
  public boolean isResetResistant() {
    return true;
  }

  @Override
  public void onStart(LoggerContext context) {
    lower(context);
  }

  @Override
  public void onReset(LoggerContext context) {
    lower(context);
  }

  @Override
  public void onStop(LoggerContext context) {
    // Nothing is logged any more.
  }

  @Override
  public void onLevelChange(Logger logger, Level level) {
    lower(logger.getLoggerContext());
  }
}
