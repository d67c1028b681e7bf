// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.List;

/**
 * Settings under railfs.worker.local; reference.conf says what they mean.
 *
 * @param socket path of the Unix socket; empty for none
 * @param required whether the worker does not start without it
 * @param users who may read there beside root and the worker's own user: names or numbers
 */
public record LocalSettings(String socket, boolean required, List<String> users) {
  /** Leaves the place to who starts the worker. */
  private static final String AUTO = "auto";

  public LocalSettings {
    requireNonNull(socket, "socket is null");
    users = List.copyOf(users);
  }

  /**
   * Reads and checks the settings.
   *
   * @param config the object railfs.worker.local
   */
  static LocalSettings of(Config config) {
    String socket = config.getString("socket").strip();
    List<String> users = config.getStringList("users");
    if (socket.equals(AUTO)) {
      return new LocalSettings("", false, users);
    }
    if (!socket.isEmpty() && !socket.startsWith("/")) {
      throw new ConfigException.BadValue(
          config.getValue("socket").origin(),
          "railfs.worker.local.socket",
          "'" + socket + "' is neither an absolute path nor auto nor empty");
    }
    return new LocalSettings(socket, !socket.isEmpty(), users);
  }

  /** Whether the place is left to who starts the worker. */
  static boolean isAuto(Config config) {
    return config.getString("socket").strip().equals(AUTO);
  }
}
