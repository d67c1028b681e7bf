// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import io.railfs.client.TransportSettings;
import io.railfs.fabric.BindSettings;
import io.railfs.mount.fuse.FuseConfig;
import io.railfs.mount.prefetch.PrefetchSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The settings under {@code railfs.mount}; reference.conf says what each means.
 *
 * @param memoryLimit bytes of memory of the whole process
 * @param threads requests answered at a time
 * @param attributeTimeout how old attributes and listings may be
 * @param entryTimeout how old the kernel's answer to a lookup may be
 * @param negativeTimeout how long the absence of a name is believed
 * @param prefetch how far to fetch ahead
 * @param readahead bytes that the kernel reads ahead
 * @param maxRead bytes of the largest read of the kernel
 * @param allowOther whether other users may use the mount
 * @param readOnlyFlag whether the kernel gets the flag that the mount is read-only
 * @param nonempty whether to mount over a directory that has entries
 * @param source what the system shows as the device; empty for the workers
 * @param stuckGrace time beyond all deadlines after which an unanswered request ends the process
 * @param metrics where metrics are served; empty for nowhere
 * @param rdmaMemory bytes of the memory that its client registers for RDMA
 */
public record MountSettings(
    long memoryLimit,
    int threads,
    Duration attributeTimeout,
    Duration entryTimeout,
    Duration negativeTimeout,
    PrefetchSettings prefetch,
    int readahead,
    int maxRead,
    boolean allowOther,
    boolean readOnlyFlag,
    boolean nonempty,
    String source,
    Duration stuckGrace,
    Optional<BindSettings> metrics,
    long rdmaMemory) {

  private static final int MAX_THREADS = 256;
  private static final int MAX_NEXT_FILES = 4096;

  /**
   * Reads and checks the settings.
   *
   * @param config the whole configuration, with the keys of reference.conf
   */
  public static MountSettings of(Config config) {
    Config mount = config.getConfig("railfs.mount");
    MountSettings settings =
        new MountSettings(
            bytes(mount, "memory-limit"),
            (int) between(mount, "threads", mount.getInt("threads"), 1, MAX_THREADS),
            timeout(mount, "attribute-timeout"),
            timeout(mount, "entry-timeout"),
            timeout(mount, "negative-timeout"),
            prefetch(mount),
            (int) between(mount, "readahead", bytes(mount, "readahead"), 0, 64 << 20),
            (int) between(mount, "max-read", bytes(mount, "max-read"), 4096, 1 << 20),
            mount.getBoolean("allow-other"),
            mount.getBoolean("read-only-flag"),
            mount.getBoolean("nonempty"),
            mount.getString("source"),
            timeout(mount, "stuck-grace"),
            metrics(mount.getConfig("metrics")),
            TransportSettings.registeredMemory(config));
    long min = MemoryPlan.minLimit(settings.threads()) + settings.rdmaMemory();
    if (settings.memoryLimit() < min) {
      throw bad(
          mount,
          "memory-limit",
          "is "
              + (settings.memoryLimit() >> 20)
              + " MiB, but "
              + settings.threads()
              + " threads and their caches need at least "
              + (min >> 20)
              + " MiB");
    }
    return settings;
  }

  private static PrefetchSettings prefetch(Config mount) {
    return new PrefetchSettings(
        window(mount, "prefetch.initial-window"),
        window(mount, "prefetch.max-window"),
        (int)
            between(
                mount,
                "prefetch.next-files",
                mount.getInt("prefetch.next-files"),
                0,
                MAX_NEXT_FILES),
        MemoryPlan.history(bytes(mount, "memory-limit")),
        MemoryPlan.prefetchers(bytes(mount, "memory-limit")));
  }

  private static int window(Config mount, String key) {
    return (int) between(mount, key, bytes(mount, key), 0, 1 << 30);
  }

  private static Optional<BindSettings> metrics(Config config) {
    BindSettings bind = BindSettings.of(config.getConfig("bind"), "railfs.mount.metrics.bind");
    return config.getBoolean("enabled") ? Optional.of(bind.orLoopback()) : Optional.empty();
  }

  private static Duration timeout(Config mount, String key) {
    Duration value = Units.duration(mount, key, "railfs.mount." + key);
    if (value.isNegative()) {
      throw bad(mount, key, "must not be negative");
    }
    return value;
  }

  private static long bytes(Config mount, String key) {
    return Units.bytes(mount, key, "railfs.mount." + key);
  }

  private static long between(Config mount, String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw bad(mount, key, "is " + value + ", but must be from " + min + " to " + max);
    }
    return value;
  }

  private static ConfigException bad(Config mount, String key, String sentence) {
    return new ConfigException.BadValue(
        mount.getValue(key).origin(), "railfs.mount." + key, sentence);
  }

  /** What mount(8) shows as the device: the workers where no source is named. */
  String sourceOr(String workers) {
    return source.isEmpty() ? workers : source;
  }

  /**
   * The options of the mount, as after -o.
   *
   * @param workers what mount(8) shows as the device where no source is named
   */
  List<String> fuseOptions(String workers) {
    List<String> options = new ArrayList<>();
    options.add("fsname=" + sourceOr(workers).replace(',', ';'));
    options.add("subtype=railfs");
    options.add(readOnlyFlag ? "ro" : "rw");
    options.add("nosuid");
    options.add("nodev");
    options.add("noatime");
    options.add("default_permissions");
    options.add("max_read=" + maxRead);
    if (allowOther) {
      options.add("allow_other");
    }
    if (nonempty) {
      options.add("nonempty");
    }
    return options;
  }

  /**
   * How the kernel is to be served.
   *
   * <p>A name passes through our own metadata cache and the kernel's; each gets half of a timeout,
   * so that both together keep the promise.
   *
   * @param workers as in {@link #fuseOptions}
   */
  public FuseConfig fuseConfig(String workers) {
    return new FuseConfig(
        fuseOptions(workers),
        new FuseConfig.Timeouts(
            entryTimeout.dividedBy(2), attributeTimeout.dividedBy(2), negativeTimeout.dividedBy(2)),
        threads,
        MemoryPlan.asyncReads(threads),
        readahead);
  }
}
