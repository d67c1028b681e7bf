// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.railfs.worker.admin.LogLevel;
import java.util.Locale;
import java.util.Set;
import org.slf4j.LoggerFactory;

/** The level of RailFS's own log lines in this process, which a worker's administration changes. */
final class ProcessLogLevel implements LogLevel {
  private static final Set<String> LEVELS = Set.of("error", "warn", "info", "debug", "trace");

  private static Logger ours() {
    return (Logger) LoggerFactory.getLogger("io.railfs");
  }

  @Override
  public String get() {
    return ours().getEffectiveLevel().toString().toLowerCase(Locale.ROOT);
  }

  @Override
  public boolean set(String level) {
    boolean known = LEVELS.contains(level.toLowerCase(Locale.ROOT));
    if (known) {
      ours().setLevel(Level.toLevel(level));
    }
    return known;
  }
}
