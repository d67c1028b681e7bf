package io.railfs.mount;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.mount.prefetch.PrefetchSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings under {@code railfs.mount}; reference.conf says what each means.
 *
 * @param memoryLimit bytes of memory of the whole process
 * @param threads requests answered at a time
 * @param attributeTimeout how old attributes and listings may be
 * @param entryTimeout how old the kernel's answer to a lookup may be
 * @param negativeTimeout how long the absence of a name is believed
 * @param prefetch windows of the prefetcher
 * @param readahead bytes that the kernel reads ahead
 * @param maxRead bytes of the largest read of the kernel
 * @param allowOther whether other users may use the mount
 * @param readOnlyFlag whether the kernel is told that the mount is read-only
 * @param nonempty whether to mount over a directory that has entries
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
    boolean nonempty) {

  private static final int MAX_THREADS = 256;

  /**
   * Reads and checks the settings.
   *
   * @param config the whole configuration, with the keys of reference.conf
   */
  public static MountSettings of(Config config) {
    Config mount = config.getConfig("railfs.mount");
    MountSettings settings =
        new MountSettings(
            mount.getBytes("memory-limit"),
            (int) between(mount, "threads", mount.getInt("threads"), 1, MAX_THREADS),
            timeout(mount, "attribute-timeout"),
            timeout(mount, "entry-timeout"),
            timeout(mount, "negative-timeout"),
            new PrefetchSettings(
                (int)
                    between(
                        mount,
                        "prefetch.initial-window",
                        mount.getBytes("prefetch.initial-window"),
                        0,
                        1 << 30),
                (int)
                    between(
                        mount,
                        "prefetch.max-window",
                        mount.getBytes("prefetch.max-window"),
                        0,
                        1 << 30)),
            (int) between(mount, "readahead", mount.getBytes("readahead"), 0, 64 << 20),
            (int) between(mount, "max-read", mount.getBytes("max-read"), 4096, 1 << 20),
            mount.getBoolean("allow-other"),
            mount.getBoolean("read-only-flag"),
            mount.getBoolean("nonempty"));
    long least = MemoryPlan.leastLimit(settings.threads());
    if (settings.memoryLimit() < least) {
      throw bad(
          mount,
          "memory-limit",
          "is "
              + (settings.memoryLimit() >> 20)
              + " MiB, but "
              + settings.threads()
              + " threads and their caches need at least "
              + (least >> 20)
              + " MiB");
    }
    return settings;
  }

  private static Duration timeout(Config mount, String key) {
    Duration value = mount.getDuration(key);
    if (value.isNegative()) {
      throw bad(mount, key, "must not be negative");
    }
    return value;
  }

  private static long between(Config mount, String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw bad(mount, key, "is " + value + ", but must be from " + least + " to " + most);
    }
    return value;
  }

  private static ConfigException bad(Config mount, String key, String sentence) {
    return new ConfigException.BadValue(
        mount.getValue(key).origin(), "railfs.mount." + key, sentence);
  }

  /**
   * The options of the mount, as behind -o; {@code source} is what mount(8) shows as the device.
   */
  public List<String> fuseOptions(String source) {
    List<String> options = new ArrayList<>();
    options.add("fsname=" + source.replace(',', ';'));
    options.add("subtype=railfs");
    options.add(readOnlyFlag ? "ro" : "rw");
    options.add("nosuid");
    options.add("nodev");
    options.add("noatime");
    options.add("default_permissions");
    options.add("use_ino");
    options.add("nopath");
    options.add("max_read=" + maxRead);
    options.add("attr_timeout=" + halfSeconds(attributeTimeout));
    options.add("entry_timeout=" + halfSeconds(entryTimeout));
    options.add("negative_timeout=" + halfSeconds(negativeTimeout));
    if (allowOther) {
      options.add("allow_other");
    }
    if (nonempty) {
      options.add("nonempty");
    }
    return options;
  }

  /**
   * Our own metadata cache and the kernel's stand behind each other; each gets half, so that both
   * keep the promise.
   */
  private static String halfSeconds(Duration timeout) {
    return String.valueOf(timeout.toMillis() / 2000.0);
  }
}
