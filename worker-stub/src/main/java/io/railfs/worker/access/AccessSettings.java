// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.access;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Settings under railfs.worker.security, and those of railfs.security; reference.conf says what
 * they mean.
 *
 * @param trust what clients prove
 * @param secrets files with further secrets, and what those who know them may read
 * @param certificates names in clients' certificates, and what these clients may read; empty where
 *     all may read everything
 * @param furtherAddresses by which clients reach the worker besides its own
 */
public record AccessSettings(
    TrustSettings trust,
    Map<Path, PathGrant> secrets,
    Map<String, PathGrant> certificates,
    List<FurtherAddress> furtherAddresses) {
  private static final String PATH = "railfs.worker.security";

  public AccessSettings {
    requireNonNull(trust, "trust is null");
    secrets = Map.copyOf(secrets);
    certificates = Map.copyOf(certificates);
    furtherAddresses = List.copyOf(furtherAddresses);
  }

  /** Whether clients have to prove something. */
  public boolean asksForProofs() {
    return trust.secretFile().isPresent() || trust.tls().isPresent();
  }

  boolean isFurther(InetSocketAddress address) {
    return furtherAddresses.stream().anyMatch(further -> further.is(address));
  }

  /** Reads and checks the settings of a resolved configuration; does not look at the files. */
  public static AccessSettings of(Config root) {
    TrustSettings trust = TrustSettings.of(root);
    Config config = root.getConfig(PATH);
    Map<Path, PathGrant> secrets = new HashMap<>();
    for (Map.Entry<String, ConfigValue> entry : config.getObject("secrets").entrySet()) {
      if (!entry.getKey().matches("/[^\\x00]+")) {
        throw bad(entry.getValue(), "secrets", "'" + entry.getKey() + "' is not an absolute path");
      }
      if (trust.secretFile().equals(Optional.of(Path.of(entry.getKey())))) {
        throw bad(
            entry.getValue(),
            "secrets",
            "names the file of railfs.security.secret-file, which opens everything; take another");
      }
      secrets.put(Path.of(entry.getKey()), grant(entry.getValue(), "secrets"));
    }
    Map<String, PathGrant> certificates = new HashMap<>();
    config
        .getObject("certificates")
        .forEach((name, paths) -> certificates.put(name, grant(paths, "certificates")));
    if (!secrets.isEmpty() && trust.secretFile().isEmpty()) {
      throw bad(
          config.getValue("secrets"),
          "secrets",
          "needs railfs.security.secret-file too, by which commands on this machine ask the worker");
    }
    if (!certificates.isEmpty() && !trust.asksForCertificates()) {
      throw bad(
          config.getValue("certificates"),
          "certificates",
          "needs railfs.security.tls.enabled = true and railfs.security.tls.ca, the CA of clients");
    }
    return new AccessSettings(trust, secrets, certificates, furtherAddresses(config));
  }

  private static List<FurtherAddress> furtherAddresses(Config config) {
    List<FurtherAddress> addresses = new ArrayList<>();
    for (String text : config.getStringList("further-addresses")) {
      addresses.add(
          FurtherAddress.of(text)
              .orElseThrow(
                  () ->
                      bad(
                          config.getValue("further-addresses"),
                          "further-addresses",
                          "'" + text + "' is not an IP address, with or without a port")));
    }
    return addresses;
  }

  private static PathGrant grant(ConfigValue value, String key) {
    List<RailPath> paths = new ArrayList<>();
    List<?> texts =
        value instanceof ConfigList list ? list.unwrapped() : List.of(value.unwrapped());
    for (Object text : texts) {
      try {
        paths.add(RailPath.of(String.valueOf(text)));
      } catch (ProtocolException e) {
        throw bad(value, key, e.getMessage());
      }
    }
    if (paths.isEmpty()) {
      throw bad(value, key, "names no path for one of its entries; [\"/\"] is everything");
    }
    return PathGrant.of(paths);
  }

  private static ConfigException.BadValue bad(ConfigValue value, String key, String sentence) {
    return new ConfigException.BadValue(value.origin(), PATH + "." + key, sentence);
  }
}
