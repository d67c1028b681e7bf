package io.railfs.cli.run;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggerContextListener;
import java.util.List;

/**
 * Libraries that tell below INFO what they send, with keys, tokens and passwords in it. They are
 * silent there whatever the operator's own Logback file says, also when that changes.
 */
final class TellTales implements LoggerContextListener {
  private static final List<String> NAMES =
      List.of(
          "software.amazon.awssdk", "io.netty.handler.logging", "io.grpc", "io.vertx", "io.etcd");

  private TellTales() {}

  /** Holds from now on. */
  static void silence(LoggerContext context) {
    context.addListener(new TellTales());
    lower(context);
  }

  private static void lower(LoggerContext context) {
    for (String name : NAMES) {
      context.getLogger(name);
    }
    for (Logger logger : context.getLoggerList()) {
      boolean tells =
          NAMES.stream()
              .anyMatch(
                  name -> logger.getName().equals(name) || logger.getName().startsWith(name + "."));
      if (tells && !logger.getEffectiveLevel().isGreaterOrEqual(Level.INFO)) {
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
