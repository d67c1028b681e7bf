// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.nio.file.Path;

/**
 * A log file that is closed each day and at a size; the closed ones leave by age and by what all
 * take together.
 *
 * @param fileSize bytes of one
 * @param totalSize bytes of the closed ones together
 * @param keepDays how long a closed one stays
 */
record LogFiles(long fileSize, long totalSize, int keepDays) {
  private static final long MIN_FILE_SIZE = 64 << 10;
  private static final int MAX_DAYS = 3650;

  /** Fails with {@link ConfigException.BadValue}. */
  static LogFiles of(Config config) {
    LogFiles files =
        new LogFiles(
            config.getBytes("railfs.log.file-size"),
            config.getBytes("railfs.log.total-size"),
            config.getInt("railfs.log.keep-days"));
    if (files.fileSize < MIN_FILE_SIZE) {
      throw bad(config, "file-size", "is less than 64KiB");
    }
    if (files.totalSize < files.fileSize) {
      throw bad(config, "total-size", "is less than railfs.log.file-size");
    }
    if (files.keepDays < 1 || files.keepDays > MAX_DAYS) {
      throw bad(
          config, "keep-days", "is " + files.keepDays + ", but must be from 1 to " + MAX_DAYS);
    }
    return files;
  }

  private static ConfigException bad(Config config, String key, String sentence) {
    String path = "railfs.log." + key;
    return new ConfigException.BadValue(config.getValue(path).origin(), path, sentence);
  }

  /** The appender, not started yet, of the current file. */
  RollingFileAppender<ILoggingEvent> appender(
      LoggerContext context, Path file, Encoder<ILoggingEvent> encoder) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setFile(file.toString());
    appender.setEncoder(encoder);
    SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
    policy.setContext(context);
    policy.setParent(appender);
    policy.setFileNamePattern(file + ".%d{yyyy-MM-dd}.%i");
    policy.setMaxFileSize(new FileSize(fileSize));
    policy.setTotalSizeCap(new FileSize(totalSize));
    policy.setMaxHistory(keepDays);
    policy.setCleanHistoryOnStart(true);
    policy.start();
    appender.setRollingPolicy(policy);
    return appender;
  }
}
