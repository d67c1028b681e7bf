package io.railfs.cli.run;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
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
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n";
  private static final Set<String> LEVELS = Set.of("error", "warn", "info", "debug", "trace");
  private static final long LEAST_FILE_SIZE = 64 << 10;

  /** What FixedWindowRollingPolicy can number. */
  private static final int MAX_FILES = 20;

  private Logging() {}

  /** Checks the keys under railfs.log. Errors: {@link ConfigException.BadValue}. */
  public static void check(Config config) {
    String level = config.getString("railfs.log.level");
    if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
      throw bad(config, "level", "'" + level + "' is none of error, warn, info, debug, trace");
    }
    if (config.getBytes("railfs.log.file-size") < LEAST_FILE_SIZE) {
      throw bad(config, "file-size", "is less than 64KiB");
    }
    int files = config.getInt("railfs.log.files");
    if (files < 1 || files > MAX_FILES) {
      throw bad(config, "files", "is " + files + ", but must be from 1 to " + MAX_FILES);
    }
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
    String configuration = config.getString("railfs.log.configuration");
    if (!configuration.isEmpty()) {
      startFromFile(context, config, file);
      return;
    }
    OutputStreamAppender<ILoggingEvent> appender =
        file.isPresent() ? toFile(context, config, file.get()) : toTerminal();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    appender.setContext(context);
    appender.setName("log");
    appender.setEncoder(encoder);
    appender.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    context
        .getLogger("io.railfs")
        .setLevel(Level.toLevel(config.getString("railfs.log.level"), Level.INFO));
    root.addAppender(appender);
  }

  private static ConsoleAppender<ILoggingEvent> toTerminal() {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget("System.err");
    return appender;
  }

  private static RollingFileAppender<ILoggingEvent> toFile(
      LoggerContext context, Config config, Path file) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(file.toString());
    FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
    window.setContext(context);
    window.setParent(appender);
    // Percent signs mean something in this pattern.
    window.setFileNamePattern(file.toString().replace("%", "\\%") + ".%i");
    window.setMinIndex(1);
    window.setMaxIndex(config.getInt("railfs.log.files"));
    window.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
    size.setContext(context);
    size.setMaxFileSize(new FileSize(config.getBytes("railfs.log.file-size")));
    size.start();
    appender.setRollingPolicy(window);
    appender.setTriggeringPolicy(size);
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
