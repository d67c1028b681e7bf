// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a serving process: to its terminal in the foreground, to files that roll in the
 * background. Set up in code, because reading XML costs a tenth of the start.
 */
public final class Logging {
  private static final Set<String> LEVELS = Set.of("error", "warn", "info", "debug", "trace");

  private Logging() {}

  /** Checks the keys under railfs.log. Fails with {@link ConfigException.BadValue}. */
  public static void check(Config config) {
    String level = config.getString("railfs.log.level");
    if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
      throw bad(config, "level", "'" + level + "' is none of error, warn, info, debug, trace");
    }
    if (LogFormat.of(config.getString("railfs.log.format")).isEmpty()) {
      throw bad(
          config,
          "format",
          "'" + config.getString("railfs.log.format") + "' is neither text nor json");
    }
    LogFiles.of(config);
  }

  private static ConfigException bad(Config config, String key, String sentence) {
    String path = "railfs.log." + key;
    return new ConfigException.BadValue(config.getValue(path).origin(), path, sentence);
  }

  /** Whether the operator wants to see more than usual. */
  public static boolean isDebug(Config config) {
    return Set.of("debug", "trace").contains(config.getString("railfs.log.level"));
  }

  /**
   * Starts logging.
   *
   * @param file where to; empty for the terminal
   */
  public static void start(Config config, Optional<Path> file) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    LibraryLogLevels.enforce(context);
    String configuration = config.getString("railfs.log.configuration");
    if (!configuration.isEmpty()) {
      startFromFile(context, config, file);
      return;
    }
    Encoder<ILoggingEvent> lines =
        LogFormat.of(config.getString("railfs.log.format"))
            .orElse(LogFormat.TEXT)
            .encoder(context, file.isEmpty() && Journal.readsStderr());
    RedactingEncoder encoder = new RedactingEncoder(lines, SecretValues.of(config));
    encoder.setContext(context);
    encoder.start();
    OutputStreamAppender<ILoggingEvent> appender =
        file.isPresent()
            ? LogFiles.of(config).appender(context, file.get(), encoder)
            : toTerminal(context, encoder);
    appender.setName("log");
    appender.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    context
        .getLogger("io.railfs")
        .setLevel(Level.toLevel(config.getString("railfs.log.level"), Level.INFO));
    root.addAppender(appender);
  }

  private static ConsoleAppender<ILoggingEvent> toTerminal(
      LoggerContext context, Encoder<ILoggingEvent> encoder) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    return appender;
  }

  private static void startFromFile(LoggerContext context, Config config, Optional<Path> file) {
    String configuration = config.getString("railfs.log.configuration");
    context.putProperty("railfs.log.file", file.map(Path::toString).orElse("/dev/stderr"));
    context.putProperty("railfs.log.level", config.getString("railfs.log.level"));
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    try {
      configurator.doConfigure(configuration);
    } catch (JoranException e) {
      throw new ConfigException.BadValue(
          config.getValue("railfs.log.configuration").origin(),
          "railfs.log.configuration",
          configuration + " cannot be used: " + e.getMessage(),
          e);
    }
  }

  /** Writes out what is left. */
  public static void stop() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }
}
