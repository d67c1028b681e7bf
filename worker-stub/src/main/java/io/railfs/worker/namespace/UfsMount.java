// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.namespace;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.worker.objects.ObjectLimits;
import io.railfs.worker.objects.StoreLocation;
import io.railfs.worker.ufs.FileIdentity;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A UFS and where it is in the namespace; reference.conf says what the settings mean.
 *
 * @param at its place
 * @param uri as the operator wrote it, without secrets
 * @param directory the root of a file: UFS
 * @param identity what distinguishes its files' contents
 * @param store where it is an object store
 * @param limits of an object store
 */
public record UfsMount(
    RailPath at,
    String uri,
    Optional<Path> directory,
    FileIdentity identity,
    Optional<StoreLocation> store,
    ObjectLimits limits) {

  private static final String UFS = "ufs";
  private static final String OPTIONS = "ufs-options";
  private static final String LIMITS = "ufs-limits";
  private static final String MOUNTS = "mounts";
  private static final String IDENTITY = "file-identity";
  private static final Set<String> KEYS = Set.of(UFS, OPTIONS, LIMITS, IDENTITY);

  public UfsMount {
    requireNonNull(at, "at is null");
    requireNonNull(uri, "uri is null");
    requireNonNull(directory, "directory is null");
    requireNonNull(identity, "identity is null");
    requireNonNull(store, "store is null");
    requireNonNull(limits, "limits is null");
  }

  /**
   * Reads and checks the UFS of a worker, one at least.
   *
   * @param worker the object railfs.worker
   * @param path of that object
   * @throws ConfigException where a value is missing or wrong, with its origin and path
   */
  public static List<UfsMount> of(Config worker, String path) {
    List<UfsMount> mounts = new ArrayList<>();
    if (!worker.getString(UFS).isBlank()) {
      mounts.add(of(RailPath.ROOT, worker, path));
    }
    for (Map.Entry<String, ConfigValue> entry : worker.getObject(MOUNTS).entrySet()) {
      String place = path + "." + MOUNTS + "." + ConfigUtil.quoteString(entry.getKey());
      RailPath at = place(entry.getKey(), entry.getValue(), place);
      if (mounts.stream().anyMatch(mount -> mount.at().equals(at))) {
        throw bad(entry.getValue(), place, "another UFS is mounted there already");
      }
      mounts.add(of(at, mountOf(worker, entry.getValue(), place), place));
    }
    if (mounts.isEmpty()) {
      throw bad(
          worker.getValue(UFS),
          path + "." + UFS,
          "there is no UFS; set it to file:///DIRECTORY, s3://BUCKET/PREFIX or the like, or set "
              + path
              + "."
              + MOUNTS);
    }
    return List.copyOf(mounts);
  }

  private static RailPath place(String name, ConfigValue value, String path) {
    try {
      return RailPath.of(name.length() > 1 ? name.replaceAll("/+$", "") : name);
    } catch (ProtocolException e) {
      throw bad(value, path, e.getMessage());
    }
  }

  /** The section of one mount, the limits of all behind its own. */
  private static Config mountOf(Config worker, ConfigValue value, String path) {
    if (!(value instanceof ConfigObject section)) {
      throw bad(value, path, "it is not a section { ufs = \"...\" }");
    }
    for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
      if (!KEYS.contains(entry.getKey())) {
        throw bad(
            entry.getValue(),
            path + "." + entry.getKey(),
            "there is no such key; a mount has ufs, ufs-options, ufs-limits and file-identity");
      }
    }
    if (!section.containsKey(UFS) || section.toConfig().getString(UFS).isBlank()) {
      throw bad(value, path + "." + UFS, "it is missing");
    }
    Config limits = worker.getConfig(LIMITS).atPath(LIMITS);
    for (String key : section.toConfig().withFallback(limits).getObject(LIMITS).keySet()) {
      if (!worker.getObject(LIMITS).containsKey(key)) {
        throw bad(value, path + "." + LIMITS + "." + key, "there is no such key");
      }
    }
    return section
        .toConfig()
        .withFallback(limits)
        .withFallback(worker.getValue(IDENTITY).atPath(IDENTITY));
  }

  private static UfsMount of(RailPath at, Config section, String path) {
    String uri = section.getString(UFS).strip();
    ObjectLimits limits = ObjectLimits.of(section.getConfig(LIMITS), path + "." + LIMITS);
    Map<String, String> options = options(section, path);
    FileIdentity identity = identity(section, path);
    try {
      if (uri.startsWith("file:") || uri.startsWith("/")) {
        if (!options.isEmpty()) {
          throw new IllegalArgumentException("a file: UFS has no ufs-options");
        }
        return new UfsMount(
            at, uri, Optional.of(directory(uri)), identity, Optional.empty(), limits);
      }
      StoreLocation store = StoreLocation.of(uri, options);
      return new UfsMount(at, uri, Optional.empty(), identity, Optional.of(store), limits);
    } catch (IllegalArgumentException e) {
      throw bad(
          section.getValue(UFS), path + "." + UFS, "'" + withoutUser(uri) + "': " + e.getMessage());
    }
  }

  private static FileIdentity identity(Config section, String path) {
    String name = section.getString(IDENTITY);
    return switch (name) {
      case "inode" -> FileIdentity.INODE;
      case "times" -> FileIdentity.TIMES;
      default ->
          throw bad(
              section.getValue(IDENTITY),
              path + "." + IDENTITY,
              "'" + name + "' is neither inode nor times");
    };
  }

  /** What stands before an @ may be a password. */
  private static String withoutUser(String uri) {
    return uri.replaceAll("//.*@", "//...@").replaceAll("\\?.*", "?...");
  }

  private static Path directory(String uri) {
    Path path = uri.startsWith("file:") ? Path.of(URI.create(uri)) : Path.of(uri);
    if (!path.isAbsolute()) {
      throw new IllegalArgumentException("it is not file:///DIRECTORY");
    }
    return path;
  }

  private static Map<String, String> options(Config section, String path) {
    Map<String, String> options = new HashMap<>();
    if (section.hasPath(OPTIONS)) {
      section
          .getObject(OPTIONS)
          .forEach(
              (key, value) -> {
                ConfigValueType type = value.valueType();
                if (type == ConfigValueType.OBJECT || type == ConfigValueType.LIST) {
                  throw bad(value, path + "." + OPTIONS + "." + key, "it is not a single value");
                }
                options.put(key, String.valueOf(value.unwrapped()));
              });
    }
    return options;
  }

  private static ConfigException bad(ConfigValue value, String path, String sentence) {
    return new ConfigException.BadValue(value.origin(), path, sentence);
  }
}
