// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.rolling.RollingFileAppender;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.fabric.trust.SecretNames;
import io.railfs.worker.objects.StoreLocation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How lines look, what they hide, and how much of them stays. */
final class LoggingTest {
  @TempDir private Path directory;

  private final LoggerContext context = new LoggerContext();

  LoggingTest() {
    context.setMDCAdapter(new LogbackMDCAdapter());
  }

  private static Config config(String settings) {
    return ConfigFactory.parseString(settings)
        .withFallback(ConfigFactory.defaultReference())
        .resolve();
  }

  private ILoggingEvent event(Level level, String message, Throwable problem, Object... arguments) {
    return new LoggingEvent(
        "x", context.getLogger("io.railfs.mount.Mount"), level, message, problem, arguments);
  }

  private static String text(Encoder<ILoggingEvent> encoder, ILoggingEvent event) {
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }

  @Test
  void textHasTimeLevelThreadAndPlace() {
    assertThat(text(LogFormat.TEXT.encoder(context, false), event(Level.WARN, "a {}", null, 1)))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ WARN  \\[.*\\] Mount: a 1\n");
  }

  @Test
  void theJournalGetsTheLevelAsANumberAndNoTime() {
    Encoder<ILoggingEvent> journal = LogFormat.TEXT.encoder(context, true);
    assertThat(text(journal, event(Level.WARN, "a", null))).matches("<4>\\[.*\\] Mount: a\n");
    assertThat(text(journal, event(Level.ERROR, "a", null))).startsWith("<3>");
    assertThat(text(journal, event(Level.INFO, "a", null))).startsWith("<6>");
  }

  @Test
  void jsonIsOneObjectALineAlsoForAnExceptionAndQuotes() {
    String line =
        text(
            LogFormat.JSON.encoder(context, true),
            event(Level.ERROR, "say {}", new IOException("two\nlines"), "\"hi\""));
    assertThat(line.strip().lines()).hasSize(1);
    Config json = ConfigFactory.parseString(line);
    assertThat(json.getString("level")).isEqualTo("ERROR");
    assertThat(json.getString("formattedMessage")).isEqualTo("say \"hi\"");
    assertThat(json.getString("throwable.message")).isEqualTo("two\nlines");
    assertThat(json.hasPath("timestamp")).isTrue();
    assertThat(json.hasPath("arguments")).isFalse();
  }

  @Test
  void secretsOfTheConfAreHiddenWhereverTheyTurnUp() {
    SecretValues secrets =
        SecretValues.of(
            config(
                """
                railfs.x { secret-access-key = "ab/cdEFgh\\"1", password = "hunter22", token-file = "/etc/token" }
                railfs.y { access_key_id = "AKIA12345678" , region = "north-1", session = "tokens-bucket" }
                """));
    for (LogFormat format : LogFormat.values()) {
      RedactingEncoder encoder = new RedactingEncoder(format.encoder(context, false), secrets);
      String line =
          text(
              encoder,
              event(
                  Level.ERROR,
                  "key ab/cdEFgh\"1 and hunter22hunter22 and AKIA12345678 in north-1 /etc/token",
                  new IOException("again ab/cdEFgh\"1")));
      assertThat(line)
          .doesNotContain("cdEFgh")
          .doesNotContain("hunter22")
          .doesNotContain("AKIA12345678")
          .contains("(hidden)")
          .containsPattern("in north-1 .{1,2}etc.{1,2}token");
    }
  }

  @Test
  void pathsBehindNamesOfSecretFilesAreNoSecrets() {
    SecretValues secrets =
        SecretValues.of(
            config(
                """
                railfs.security.tls { key = /etc/railfs/tls.pem }
                railfs.worker.security.secrets { "/etc/railfs/team.secret" = [/train/images] }
                railfs.worker.security.certificates { "token-service" = [/train/texts] }
                railfs.worker.ufs-options { key = very-hidden }
                """));
    RedactingEncoder encoder =
        new RedactingEncoder(LogFormat.TEXT.encoder(context, false), secrets);
    String line = "/etc/railfs/tls.pem /train/images /train/texts";
    assertThat(text(encoder, event(Level.WARN, line + " very-hidden", null)))
        .endsWith(": " + line + " (hidden)\n");
  }

  @Test
  void everySecretOptionOfEveryStoreIsHiddenInLinesAndEveryOtherIsNot() throws IOException {
    for (String scheme : StoreLocation.schemes()) {
      for (String option : StoreLocation.options(scheme.equals("https") ? "http" : scheme)) {
        String value = "value-of-" + option.replace('_', '-');
        Config config =
            config(
                "railfs.worker.mounts { \"/a\" = { ufs-options { %s = \"%s\" } } }"
                    .formatted(option, value));
        RedactingEncoder encoder =
            new RedactingEncoder(LogFormat.TEXT.encoder(context, false), SecretValues.of(config));
        String line = text(encoder, event(Level.WARN, "it is {}", null, value));
        assertThat(line.contains("(hidden)")).as(option).isEqualTo(SecretNames.isSecret(option));
        assertThat(line.contains(value)).as(option).isNotEqualTo(SecretNames.isSecret(option));
      }
    }
  }

  @Test
  void aSecretOfDigitsOrInAListIsHiddenToo() {
    SecretValues secrets =
        SecretValues.of(
            config("railfs.x { password = 12345678, tokens = [first-one, second-one] }"));
    RedactingEncoder encoder =
        new RedactingEncoder(LogFormat.TEXT.encoder(context, false), secrets);
    assertThat(text(encoder, event(Level.WARN, "12345678 first-one second-one", null)))
        .endsWith(": (hidden) (hidden) (hidden)\n");
  }

  @Test
  void librariesThatWouldTellSecretsStaySilentWhateverTheOperatorsLogbackFileSays()
      throws JoranException {
    LibraryLogLevels.enforce(context);
    for (String level : new String[] {"trace", "debug", "all"}) {
      String file =
          """
          <configuration>
            <logger name="software.amazon.awssdk.request" level="%s"/>
            <logger name="io.netty.handler.logging.LoggingHandler" level="%s"/>
            <root level="%s"/>
          </configuration>
          """
              .formatted(level, level, level);
      JoranConfigurator configurator = new JoranConfigurator();
      context.reset();
      configurator.setContext(context);
      configurator.doConfigure(new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)));
      assertThat(context.getLogger("io.railfs.x").isDebugEnabled()).isTrue();
      for (String name :
          new String[] {
            "software.amazon.awssdk.request",
            "software.amazon.awssdk.auth.signer.Aws4Signer",
            "io.netty.handler.logging.LoggingHandler",
            "io.grpc.netty.NettyClientHandler"
          }) {
        assertThat(context.getLogger(name).isDebugEnabled()).as(name).isFalse();
        assertThat(context.getLogger(name).isInfoEnabled()).as(name).isTrue();
      }
    }
  }

  @Test
  void aNameCannotForgeALine() {
    String name = "/a\n2026-11-28T00:00:00.000Z ERROR [main] Mount: all is lost\u001b[2K\u2028x";
    IOException problem = new IOException("at " + name, new IllegalStateException("by " + name));
    problem.addSuppressed(new IOException("beside " + name));
    for (boolean journal : new boolean[] {false, true}) {
      String lines =
          text(
              LogFormat.TEXT.encoder(context, journal),
              event(Level.WARN, "failed at {}", problem, name));
      assertThat(lines)
          .contains("failed at /a\\n2026", "\\u001b[2K\\u2028x", "by /a\\n", "beside /a");
      assertThat(lines).doesNotContain("\u001b").doesNotContain("\u2028");
      assertThat(lines.lines().skip(1))
          .isNotEmpty()
          .allMatch(
              line ->
                  line.startsWith("\t")
                      || line.startsWith("java.io.IOException: at ")
                      || line.startsWith("Caused by: "));
    }
    String json =
        text(
            LogFormat.JSON.encoder(context, false),
            event(Level.WARN, "failed at {}", problem, name));
    assertThat(json.strip().lines()).hasSize(1);
    assertThat(json).doesNotContain("\u001b");
  }

  @Test
  void closedFilesTogetherStayWithinTheTotal() throws IOException {
    Path file = directory.resolve("a mount.log");
    LogFiles files = new LogFiles(64 << 10, 256 << 10, 30);
    RollingFileAppender<ILoggingEvent> appender =
        files.appender(context, file, LogFormat.TEXT.encoder(context, false));
    appender.start();
    ILoggingEvent line = event(Level.INFO, "x".repeat(1000), null);
    for (int i = 0; i < 2_000; i++) {
      appender.doAppend(line);
      if (i % 60 == 59) {
        // Logback removes files in another thread. Where files are closed within a millisecond of
        // each
        // other its passes overlap and remove too many; no process logs that much.
        awaitTotal(file);
      }
    }
    awaitTotal(file);
    appender.stop();
    assertThat(Files.size(file)).isLessThanOrEqualTo(66 << 10);
    assertThat(closed(file)).isPositive();
  }

  private void awaitTotal(Path file) {
    Awaitility.await()
        .pollDelay(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(closed(file)).isLessThanOrEqualTo((256 << 10) + (66 << 10)));
  }

  private long closed(Path current) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      List<Path> closed = all.filter(file -> !file.equals(current)).toList();
      long sum = 0;
      for (Path file : closed) {
        assertThat(file.getFileName().toString())
            .matches("a mount\\.log\\.\\d{4}-\\d\\d-\\d\\d\\.\\d+");
        // 0 where it was removed meanwhile.
        sum += file.toFile().length();
      }
      return sum;
    }
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThatThrownBy(() -> Logging.check(config("railfs.log.format = xml")))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining("neither text nor json");
    assertThatThrownBy(() -> Logging.check(config("railfs.log.total-size = 1MiB")))
        .hasMessageContaining("less than railfs.log.file-size");
    assertThatThrownBy(() -> Logging.check(config("railfs.log.keep-days = 0")))
        .hasMessageContaining("from 1 to 3650");
  }

  @Test
  void onlyTheVeryStreamOfTheJournalCountsAsTheJournal() throws IOException {
    Path file = Files.createFile(directory.resolve("f"));
    String stream =
        Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
    assertThat(Journal.isStream(stream, file)).isTrue();
    assertThat(Journal.isStream("1:2", file)).isFalse();
    assertThat(Journal.isStream(null, file)).isFalse();
    assertThat(Journal.isStream(stream, directory.resolve("none"))).isFalse();
  }
}
