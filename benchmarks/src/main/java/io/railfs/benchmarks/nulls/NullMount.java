// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.nulls;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.mount.MemoryPlan;
import io.railfs.mount.MountSettings;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.fuse.FuseException;
import io.railfs.mount.fuse.FuseMount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * {@code NullMount MOUNTPOINT FILES SIZE MEMORY}: mounts large files whose bytes come from nowhere,
 * with everything between the kernel and the page source as in any RailFS mount. Ends when it is
 * unmounted.
 */
final class NullMount {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private NullMount() {}

  public static void main(String[] words) throws FuseException, InterruptedException {
    Path mountpoint = Path.of(words[0]);
    NullTree tree = new NullTree(Integer.parseInt(words[1]), Long.parseLong(words[2]));
    MountSettings settings = settings(words[3]);
    MemoryPlan memory = MemoryPlan.of(settings);
    RailFileSystem fileSystem =
        new RailFileSystem(
            tree,
            new NullPages(),
            new MetadataCache(
                memory.attributes(),
                memory.listings(),
                settings.attributeTimeout(),
                settings.negativeTimeout()),
            new PageCache(memory.slab(), MemoryPlan.heldPages(settings.threads())),
            new RailFileSystem.Settings(
                settings.prefetch(),
                DEADLINE,
                DEADLINE,
                RailFileSystem.SOON,
                memory.names(),
                memory.openHandles()));
    FuseMount session =
        FuseMount.prepare(fileSystem, mountpoint, settings.fuseConfig("null")).mount();
    Runtime.getRuntime().addShutdownHook(new Thread(session::close, "stop"));
    while (!session.awaitEnd(DEADLINE)) {
      // Serves until it is unmounted.
    }
  }

  /** The settings of a mount with this memory, for its own process and for whoever starts it. */
  static MountSettings settings(String memory) {
    Config config =
        ConfigFactory.parseString("railfs.mount.memory-limit = " + memory)
            .withFallback(ConfigFactory.defaultReference())
            .resolve();
    return MountSettings.of(config);
  }

  /** The flags that the JVM of a mount with this memory gets. */
  static List<String> jvmFlags(String memory) {
    return MemoryPlan.of(settings(memory)).jvmFlags();
  }
}
