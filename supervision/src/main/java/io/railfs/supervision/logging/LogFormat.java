// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LevelToSyslogSeverity;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.railfs.protocol.Printable;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** How a log line looks. */
enum LogFormat {
  /** For people. */
  TEXT("text"),
  /** One JSON object a line, for log collectors. */
  JSON("json");

  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %printable%n%trace";

  /**
   * The journal adds the time itself, and takes the level from a number in front (sd-daemon(3)).
   */
  private static final String JOURNAL_PATTERN =
      "<%severity>[%thread] %logger{0}: %printable%n%trace";

  private final String label;

  LogFormat(String label) {
    this.label = label;
  }

  /** The one of this name, as the setting has it. */
  static Optional<LogFormat> of(String label) {
    for (LogFormat format : values()) {
      if (format.label.equals(label)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  /**
   * Makes the encoder, started.
   *
   * @param journal whether the lines go to systemd's journal
   */
  Encoder<ILoggingEvent> encoder(LoggerContext context, boolean journal) {
    return this == JSON ? json(context) : text(context, journal ? JOURNAL_PATTERN : PATTERN);
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context, String pattern) {
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("severity", Severity::new);
    layout.getInstanceConverterMap().put("printable", Message::new);
    layout.getInstanceConverterMap().put("trace", PrintableTrace::new);
    layout.setPattern(pattern);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMDC(false);
    // The message as it is to be read, instead of its pattern and arguments.
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    encoder.start();
    return encoder;
  }

  /** The message in one line, whatever names are in it. */
  private static final class Message extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
      return Printable.text(String.valueOf(event.getFormattedMessage()));
    }
  }

  /** The level as syslog numbers it. */
  private static final class Severity extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
      return Integer.toString(LevelToSyslogSeverity.convert(event));
    }
  }
}
