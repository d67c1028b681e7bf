// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Settings under railfs.security; reference.conf says what they mean.
 *
 * @param secretFile holds the secret of this process
 * @param tls empty where it is off
 * @param reloadInterval between two looks at the files
 */
public record TrustSettings(
    Optional<Path> secretFile, Optional<TlsSettings> tls, Duration reloadInterval) {
  private static final String PATH = "railfs.security";

  /** Nothing is asked for and nothing is proven. */
  public static final TrustSettings OFF =
      new TrustSettings(Optional.empty(), Optional.empty(), Duration.ofSeconds(5));

  public TrustSettings {
    requireNonNull(secretFile, "secretFile is null");
    requireNonNull(tls, "tls is null");
    requireNonNull(reloadInterval, "reloadInterval is null");
  }

  /**
   * Reads and checks the settings of a resolved configuration; does not look at the files.
   *
   * @throws ConfigException with the origin and path of what is not allowed
   */
  public static TrustSettings of(Config root) {
    Config config = root.getConfig(PATH);
    Duration interval = Units.duration(config, "reload-interval", PATH + ".reload-interval");
    if (interval.compareTo(Duration.ofMillis(10)) < 0
        || interval.compareTo(Duration.ofDays(1)) > 0) {
      throw bad(config, "reload-interval", "a duration between 10ms and 1d is needed");
    }
    return new TrustSettings(file(config, "secret-file"), tls(config), interval);
  }

  /** Whether a worker with these settings takes only clients with a certificate. */
  public boolean asksForCertificates() {
    return tls.flatMap(TlsSettings::ca).isPresent();
  }

  private static Optional<TlsSettings> tls(Config config) {
    if (!config.getBoolean("tls.enabled")) {
      return Optional.empty();
    }
    Optional<Path> certificate = file(config, "tls.certificate");
    Optional<Path> key = file(config, "tls.key");
    if (certificate.isPresent() != key.isPresent()) {
      String lacking = certificate.isPresent() ? "tls.key" : "tls.certificate";
      throw bad(config, lacking, "is empty; a certificate and its key belong together");
    }
    return Optional.of(new TlsSettings(certificate, key, file(config, "tls.ca")));
  }

  private static Optional<Path> file(Config config, String key) {
    String text = config.getString(key).strip();
    if (!text.isEmpty() && !text.matches("/[^\\x00]+")) {
      throw bad(config, key, "'" + text + "' is not an absolute path");
    }
    return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
  }

  private static ConfigException.BadValue bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(key).origin(), PATH + "." + key, sentence);
  }
}
