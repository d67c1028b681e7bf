// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.connect.ClusterClient;
import io.railfs.fabric.trust.Trust;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.fs.Refreshed;
import io.railfs.mount.fuse.FuseConfig;
import io.railfs.mount.fuse.FuseException;
import io.railfs.mount.fuse.FuseMount;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.protocol.RailPath;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted dataset, from {@link #start} until it is unmounted. Thread-safe.
 *
 * <p>Everything that this process holds for the mount is owned here and closed in the reverse order
 * of its making: the FUSE mount first, so that no request meets a closed client.
 */
public final class Mount implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Mount.class);

  private static final Duration REFRESH_TIMEOUT = Duration.ofSeconds(30);

  private final Cluster cluster;
  private final FuseMount fuse;
  private final RailFileSystem fileSystem;
  private final PageCache pages;
  private final long cacheLimit;
  private final SessionWatch watch;

  private Mount(
      Cluster cluster,
      FuseMount fuse,
      RailFileSystem fileSystem,
      PageCache pages,
      long cacheLimit,
      SessionWatch watch) {
    this.cluster = cluster;
    this.fuse = fuse;
    this.fileSystem = fileSystem;
    this.pages = pages;
    this.cacheLimit = cacheLimit;
    this.watch = watch;
  }

  /** The place that a mount is about to take. */
  public interface Place {
    /**
     * Makes it free.
     *
     * @throws MountException where it cannot be used
     */
    void makeFree() throws MountException;
  }

  /**
   * Connects to the workers and mounts.
   *
   * @param mountpoint absolute, an existing directory
   * @param place made free once the dataset can be read, right before the mount: what stands there
   *     stays as long as there is nothing better
   */
  public static Mount start(
      MountSettings settings, ClientSettings client, Path mountpoint, Place place)
      throws MountException {
    return start(settings, client, mountpoint, place, Optional.empty());
  }

  /**
   * Connects to the workers, and mounts or serves what another process has mounted.
   *
   * @param handed what another process mounts or has mounted; empty: mounts
   */
  public static Mount start(
      MountSettings settings,
      ClientSettings client,
      Path mountpoint,
      Place place,
      Optional<HandedMount> handed)
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
              new RailFileSystem.Settings(
                  settings.prefetch(),
                  client.readDeadline(),
                  client.metadataDeadline(),
                  RailFileSystem.SOON,
                  memory.names(),
                  memory.openHandles()));
      fileSystem.attributes(RailPath.ROOT);
      fileSystem.space();
      String workers = "railfs:" + source(client);
      FuseConfig fuseConfig = settings.fuseConfig(workers);
      FuseMount.Prepared prepared =
          handed.isPresent()
              ? FuseMount.prepareHanded(fileSystem, mountpoint, fuseConfig)
              : FuseMount.prepare(fileSystem, mountpoint, fuseConfig);
      place.makeFree();
      FuseMount fuse =
          handed.isPresent()
              ? prepared.serve(handed.get().descriptor(settings.sourceOr(workers)))
              : prepared.mount();
      Optional<String> device = MountDevice.of(mountpoint);
      device.ifPresent(
          found -> fileSystem.readahead().start(mountpoint, found, settings.readahead()));
      log.info(
          "mounted {} from {} with {} MiB of page cache", mountpoint, workers, memory.slab() >> 20);
      SessionWatch watch =
          new SessionWatch(fuse, mountpoint, device, answerLimit(settings, client));
      return new Mount(cluster, fuse, fileSystem, pages, memory.slab(), watch);
    } catch (MountException e) {
      cluster.close();
      throw e;
    } catch (FuseException e) {
      cluster.close();
      throw new MountException(e.getMessage(), e);
    } catch (FsException e) {
      cluster.close();
      throw new MountException("the root of the dataset cannot be read: " + e.getMessage(), e);
    }
  }

  /** Where the workers are named: what the kernel shows as the mount's source. */
  private static String source(ClientSettings client) {
    return client.workers().isEmpty() && client.names().isEmpty()
        ? client.membership().endpoints().stream()
            .map(URI::getAuthority)
            .collect(Collectors.joining("+", "etcd+", ""))
        : Stream.concat(client.names().stream(), client.workers().stream())
            .map(Object::toString)
            .collect(Collectors.joining("+"));
  }

  /** The time within which a mount answers every request, be it with an error. */
  public static Duration answerLimit(MountSettings settings, ClientSettings client) {
    Duration read = client.readDeadline();
    Duration metadata = client.metadataDeadline();
    return (read.compareTo(metadata) > 0 ? read : metadata).plus(settings.stuckGrace());
  }

  private static Cluster connect(ClientSettings client) throws MountException {
    try {
      return ClusterClient.connect(client);
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
        names(),
        pages.usedBytes(),
        pages.heldBytes(),
        cacheLimit,
        pages.prefetchStats());
  }

  private MountStats.Names names() {
    NodeTable nodes = fileSystem.nodes();
    return new MountStats.Names(
        nodes.size(), nodes.usedBytes(), nodes.capacityBytes(), fuse.takenBack(), fuse.reclaimed());
  }

  /**
   * Forgets what is known of a path and of the entries of its directory, or of all that is below,
   * here and in the kernel: what is there now is seen at once. At most half a minute.
   *
   * @throws InterruptedException while the kernel forgets
   */
  public Refreshed refresh(RailPath path, boolean recursive) throws InterruptedException {
    return fileSystem.refresh(path, recursive, REFRESH_TIMEOUT);
  }

  /** What it proves to its workers. */
  public Trust trust() {
    return cluster.trust();
  }

  /** Whether every request is answered in time, as far as is known. */
  public boolean isAlive() {
    return watch.isAlive();
  }

  /**
   * Waits until the mount is gone, however it is unmounted; {@link #close} is still due afterwards.
   * By one thread, as it keeps watch meanwhile.
   *
   * @throws MountException where the mount has failed; only the end of the process helps then
   */
  public void awaitUnmounted() throws MountException, InterruptedException {
    watch.awaitEnd();
  }

  /**
   * Unmounts where that has not happened yet, and lets go of everything. At most about thirty
   * seconds.
   */
  @Override
  public void close() {
    fuse.close();
    fileSystem.shutdown();
    cluster.close();
    log.info("unmounted {}", watch.mountpoint());
  }
}
