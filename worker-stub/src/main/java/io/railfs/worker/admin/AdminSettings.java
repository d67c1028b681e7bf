// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.fabric.BindSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Settings under railfs.worker.web and railfs.worker.rest; reference.conf says what they mean.
 *
 * @param web where the web page and the metrics are; empty for nowhere
 * @param peers other workers' web pages, without a path
 * @param rest where the administration is; empty for nowhere
 * @param tokenFile holds what opens the administration
 * @param trust whether clients prove who they are, so that everybody else has to
 */
public record AdminSettings(
    Optional<BindSettings> web,
    List<String> peers,
    Optional<BindSettings> rest,
    Optional<Path> tokenFile,
    boolean trust) {
  public AdminSettings {
    peers = List.copyOf(peers);
  }

  /**
   * Reads and checks the settings.
   *
   * @param config the object railfs.worker
   * @param trust whether clients prove who they are
   */
  public static AdminSettings of(Config config, boolean trust) {
    String file = config.getString("rest.token-file").strip();
    Optional<BindSettings> rest = bind(config, "rest").map(BindSettings::orLoopback);
    if (rest.isPresent() && !rest.get().isLoopback() && file.isEmpty()) {
      throw new ConfigException.BadValue(
          config.getValue("rest.token-file").origin(),
          "railfs.worker.rest.token-file",
          "is empty, but railfs.worker.rest.bind opens the administration to other machines; name a"
              + " file with a token, or leave the bind to 127.0.0.1");
    }
    return new AdminSettings(
        bind(config, "web"), peers(config), rest, tokenFile(config, file), trust);
  }

  /** Whether nobody can prove what the administration would have to ask for. */
  boolean isRestClosed() {
    return trust && tokenFile.isEmpty();
  }

  private static Optional<Path> tokenFile(Config config, String file) {
    if (!file.isEmpty() && !file.matches("/[^\\x00]+")) {
      throw new ConfigException.BadValue(
          config.getValue("rest.token-file").origin(),
          "railfs.worker.rest.token-file",
          "'" + file + "' is not an absolute path");
    }
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  private static Optional<BindSettings> bind(Config config, String service) {
    BindSettings bind =
        BindSettings.of(config.getConfig(service + ".bind"), "railfs.worker." + service + ".bind");
    return config.getBoolean(service + ".enabled") ? Optional.of(bind) : Optional.empty();
  }

  private static List<String> peers(Config config) {
    List<String> peers = new ArrayList<>();
    for (String text : config.getStringList("web.peers")) {
      if (!isOrigin(text.strip())) {
        throw new ConfigException.BadValue(
            config.getValue("web.peers").origin(),
            "railfs.worker.web.peers",
            "'" + text + "' is not like http://node2:30000, without a path");
      }
      peers.add(text.strip());
    }
    return peers;
  }

  /** Also that it can stand in a header: blanks and semicolons would mean something there. */
  private static boolean isOrigin(String text) {
    if (!text.matches("https?://[A-Za-z0-9.:\\[\\]-]+")) {
      return false;
    }
    try {
      return URI.create(text).getHost() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
