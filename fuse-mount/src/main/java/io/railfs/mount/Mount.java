package io.railfs.mount;

import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.fuse.FuseException;
import io.railfs.mount.fuse.FuseSession;
import io.railfs.protocol.RailPath;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted dataset, from {@link #start} until it is unmounted. Thread-safe.
 *
 * <p>Everything that this process holds for the mount is owned here and closed in the reverse order
 * of its making: the FUSE session first, so that no request meets a closed client.
 */
public final class Mount implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Mount.class);

  private final Cluster cluster;
  private final FuseSession session;
  private final RailFileSystem fileSystem;
  private final PageCache pages;
  private final long cacheLimit;
  private final Path mountpoint;

  private Mount(
      Cluster cluster,
      FuseSession session,
      RailFileSystem fileSystem,
      PageCache pages,
      long cacheLimit,
      Path mountpoint) {
    this.cluster = cluster;
    this.session = session;
    this.fileSystem = fileSystem;
    this.pages = pages;
    this.cacheLimit = cacheLimit;
    this.mountpoint = mountpoint;
  }

  /**
   * Connects to the workers and mounts.
   *
   * @param mountpoint absolute, an existing directory
   */
  public static Mount start(MountSettings settings, ClientSettings client, Path mountpoint)
      throws MountException {
    MemoryPlan memory = MemoryPlan.of(settings);
    Cluster cluster = connect(client);
    try {
      PageCache pages = new PageCache(memory.slab(), MemoryPlan.heldPages(settings.threads()));
      RailFileSystem fileSystem =
          new RailFileSystem(
              cluster.metadata(),
              cluster.pages(),
              new MetadataCache(
                  memory.attributes(),
                  memory.listings(),
                  settings.attributeTimeout().dividedBy(2),
                  settings.negativeTimeout().dividedBy(2)),
              pages,
              settings.prefetch(),
              client.readDeadline(),
              client.metadataDeadline());
      fileSystem.attributes(RailPath.ROOT);
      fileSystem.space();
      String source =
          client.workers().stream()
              .map(Object::toString)
              .collect(Collectors.joining("+", "railfs:", ""));
      FuseSession session =
          FuseSession.mount(
              fileSystem,
              mountpoint,
              settings.fuseOptions(source),
              settings.threads(),
              settings.readahead());
      Readahead.set(mountpoint, settings.readahead());
      log.info(
          "mounted {} from {} with {} MiB of page cache", mountpoint, source, memory.slab() >> 20);
      return new Mount(cluster, session, fileSystem, pages, memory.slab(), mountpoint);
    } catch (FuseException e) {
      cluster.close();
      throw new MountException(e.getMessage(), e);
    } catch (FsException e) {
      cluster.close();
      throw new MountException("the root of the dataset cannot be read: " + e.getMessage(), e);
    }
  }

  private static Cluster connect(ClientSettings client) throws MountException {
    try {
      return Cluster.connect(client);
    } catch (ClusterException e) {
      throw new MountException(e.getMessage(), e);
    }
  }

  /** How it is and what it has done. */
  public MountStats stats() {
    return new MountStats(
        cluster.stats(),
        fileSystem.readStats(),
        fileSystem.operations().operations(),
        fileSystem.operations().errors(),
        fileSystem.openHandles(),
        pages.usedBytes(),
        cacheLimit,
        pages.prefetchStats());
  }

  /** Waits until the mount is gone, whoever unmounts it; {@link #close} is still due afterwards. */
  public void awaitUnmounted() throws InterruptedException {
    session.awaitEnd();
  }

  /**
   * Unmounts where that has not happened yet, and lets go of everything. At most about thirty
   * seconds.
   */
  @Override
  public void close() {
    session.close();
    fileSystem.shutdown();
    cluster.close();
    log.info("unmounted {}", mountpoint);
  }
}
