// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueType;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The settings under railfs.membership; reference.conf says what they mean.
 *
 * @param type where members are named
 * @param endpoints of etcd; none with {@link Type#STATIC}
 * @param prefix of the keys, without a slash at its end
 * @param lease of a worker
 * @param timeout of one request to etcd
 * @param access to etcd; unused with {@link Type#STATIC}
 */
public record MembershipSettings(
    Type type,
    List<URI> endpoints,
    String prefix,
    Duration lease,
    Duration timeout,
    EtcdAccess access) {
  private static final String PATH = "railfs.membership";

  /** Where members are named. */
  public enum Type {
    /** In the conf of each client. */
    STATIC,
    /** In etcd. */
    ETCD
  }

  public MembershipSettings {
    requireNonNull(type, "type is null");
    endpoints = List.copyOf(endpoints);
    requireNonNull(prefix, "prefix is null");
    requireNonNull(lease, "lease is null");
    requireNonNull(timeout, "timeout is null");
    requireNonNull(access, "access is null");
  }

  /** Fails with {@link ConfigException} with origin and path of the value that is not allowed. */
  public static MembershipSettings of(Config config) {
    Type type = type(config);
    List<URI> endpoints = type == Type.ETCD ? endpoints(config) : List.of();
    return new MembershipSettings(
        type,
        endpoints,
        prefix(config),
        duration(config, PATH + ".etcd.lease", Duration.ofSeconds(2), Duration.ofHours(1)),
        duration(config, PATH + ".etcd.timeout", Duration.ofMillis(100), Duration.ofMinutes(1)),
        EtcdAccess.of(config, type == Type.STATIC || isEncrypted(endpoints)));
  }

  private static Type type(Config config) {
    String path = PATH + ".type";
    String name = config.getString(path);
    for (Type type : Type.values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(name)) {
        return type;
      }
    }
    throw bad(config, path, "'" + name + "' is neither static nor etcd");
  }

  private static List<URI> endpoints(Config config) {
    String path = PATH + ".etcd.endpoints";
    boolean one = config.getValue(path).valueType() == ConfigValueType.STRING;
    List<URI> endpoints = new ArrayList<>();
    for (String text : one ? List.of(config.getString(path)) : config.getStringList(path)) {
      endpoints.add(endpoint(config, path, text.strip()));
    }
    if (endpoints.isEmpty()) {
      throw bad(
          config,
          path,
          "no endpoint of etcd is named; give at least one http://HOST:PORT or https://HOST:PORT");
    }
    if (endpoints.stream().anyMatch(e -> isEncrypted(List.of(e)) != isEncrypted(endpoints))) {
      throw bad(config, path, "http:// and https:// are mixed; name all endpoints by https://");
    }
    return endpoints;
  }

  private static boolean isEncrypted(List<URI> endpoints) {
    return endpoints.get(0).getScheme().equals("https");
  }

  private static URI endpoint(Config config, String path, String text) {
    try {
      URI uri = URI.create(text.contains("://") ? text : "http://" + text);
      boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (known && uri.getHost() != null && uri.getPort() > 0 && uri.getUserInfo() == null) {
        return URI.create(uri.getScheme() + "://" + uri.getAuthority());
      }
    } catch (IllegalArgumentException e) {
      throw bad(
          config,
          path,
          "'" + text + "' is neither http://HOST:PORT nor https://HOST:PORT: " + e.getMessage());
    }
    throw bad(config, path, "'" + text + "' is not http://HOST:PORT or https://HOST:PORT");
  }

  private static String prefix(Config config) {
    String path = PATH + ".etcd.prefix";
    String prefix = config.getString(path).strip().replaceFirst("/+$", "");
    if (!prefix.startsWith("/")) {
      throw bad(config, path, "'" + prefix + "' is no path such as /railfs");
    }
    return prefix;
  }

  private static Duration duration(Config config, String path, Duration least, Duration most) {
    Duration value = config.getDuration(path);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw bad(
          config,
          path,
          "a duration between " + least.toMillis() + "ms and " + most.toMillis() + "ms is needed");
    }
    return value;
  }

  /** What the keys of all workers start with. */
  String workersPrefix() {
    return prefix + "/workers/";
  }

  /** What the keys of workers that were there within a day start with. */
  String seenPrefix() {
    return prefix + "/seen/";
  }

  private static ConfigException.BadValue bad(Config config, String path, String sentence) {
    return new ConfigException.BadValue(config.getValue(path).origin(), path, sentence);
  }
}
