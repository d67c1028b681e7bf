// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.HandoverRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The settings of railfs.csi.
 *
 * @param driver name of the driver
 * @param services what this process does
 * @param node name of this machine in Kubernetes
 * @param kubelet the directory of kubelet
 * @param mounts the directory that has the mounts by name
 * @param state where is remembered what is published
 * @param socket that is served
 * @param register whether kubelet finds the driver by itself
 * @param callTimeout longest wait for a mount
 * @param startupTaint key of the taint; empty: none
 * @param handover mounts that it makes for others
 */
public record CsiSettings(
    String driver,
    Set<CsiService> services,
    String node,
    Path kubelet,
    Path mounts,
    Path state,
    Path socket,
    boolean register,
    Duration callTimeout,
    String startupTaint,
    Handover handover) {
  private static final String ROOT = "railfs.csi.";
  private static final Pattern DRIVER =
      Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
  private static final int LONGEST_DRIVER = 63;
  private static final int LONGEST_SOCKET = 100;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(8);

  public CsiSettings {
    services = Set.copyOf(services);
  }

  /**
   * What it mounts for processes that may not.
   *
   * @param mounts names of mounts; empty: none, and there is no socket
   * @param socket where it is asked
   * @param user who may ask, besides root
   */
  public record Handover(Set<String> mounts, Path socket, int user) {
    public Handover {
      mounts = Set.copyOf(mounts);
    }
  }

  /** Fails with {@link ConfigException} at what cannot be. */
  public static CsiSettings of(Config config) {
    String driver = driver(config);
    Path kubelet = directory(config, "kubelet-directory");
    return new CsiSettings(
        driver,
        services(config),
        node(config),
        kubelet,
        directory(config, "mounts-directory"),
        directory(config, "state-directory"),
        socket(config, kubelet.resolve("plugins").resolve(driver).resolve("csi.sock")),
        config.getBoolean(ROOT + "register"),
        callTimeout(config),
        config.getString(ROOT + "startup-taint"),
        handover(config));
  }

  private static Handover handover(Config config) {
    List<String> mounts = config.getStringList(ROOT + "handover.mounts");
    for (String name : mounts) {
      if (!HandoverRequest.isName(name)) {
        throw bad(config, "handover.mounts", "'" + name + "' is no name of a mount");
      }
    }
    int user = config.getInt(ROOT + "handover.user");
    if (user < 0) {
      throw bad(config, "handover.user", "is " + user + ", which is no number of a user");
    }
    String socket = config.getString(ROOT + "handover.socket");
    return new Handover(
        Set.copyOf(mounts.stream().distinct().toList()),
        checked(config, "handover.socket", absolute(config, "handover.socket", socket)),
        user);
  }

  /** Where kubelet looks for drivers. */
  public Path registration() {
    return kubelet.resolve("plugins_registry").resolve(driver + "-reg.sock");
  }

  private static String driver(Config config) {
    String driver = config.getString(ROOT + "driver");
    if (driver.length() > LONGEST_DRIVER || !DRIVER.matcher(driver).matches()) {
      throw bad(config, "driver", "'" + driver + "' is no domain name of at most 63 characters");
    }
    return driver;
  }

  private static Set<CsiService> services(Config config) {
    List<String> names = config.getStringList(ROOT + "services");
    if (names.isEmpty()) {
      throw bad(config, "services", "is empty; there are node, controller and provisioner");
    }
    return Set.copyOf(names.stream().distinct().map(name -> service(config, name)).toList());
  }

  private static CsiService service(Config config, String name) {
    for (CsiService service : CsiService.values()) {
      if (service.label().equals(name)) {
        return service;
      }
    }
    throw bad(config, "services", "'" + name + "' is none of node, controller, provisioner");
  }

  private static String node(Config config) {
    String name = config.getString(ROOT + "node-name");
    if (!name.isEmpty()) {
      return name;
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      throw new ConfigException.BadValue(
          config.getValue(ROOT + "node-name").origin(),
          ROOT + "node-name",
          "is empty, and this machine does not know its name",
          e);
    }
  }

  private static Path directory(Config config, String key) {
    return absolute(config, key, config.getString(ROOT + key));
  }

  private static Path absolute(Config config, String key, String text) {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute() && path.equals(path.normalize())) {
        return path;
      }
    } catch (InvalidPathException e) {
      throw new ConfigException.BadValue(
          config.getValue(ROOT + key).origin(), ROOT + key, "is no path: " + e.getMessage(), e);
    }
    throw bad(config, key, "'" + text + "' is not an absolute path without . and ..");
  }

  private static Path socket(Config config, Path usual) {
    String text = config.getString(ROOT + "socket");
    return checked(config, "socket", text.isEmpty() ? usual : absolute(config, "socket", text));
  }

  private static Path checked(Config config, String key, Path socket) {
    if (socket.toString().length() > LONGEST_SOCKET) {
      throw bad(config, key, "'" + socket + "' is longer than 100 bytes");
    }
    return socket;
  }

  private static Duration callTimeout(Config config) {
    Duration timeout = config.getDuration(ROOT + "call-timeout");
    if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw bad(config, "call-timeout", "is not from 100ms to 8s");
    }
    return timeout;
  }

  private static ConfigException bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(ROOT + key).origin(), ROOT + key, sentence);
  }
}
