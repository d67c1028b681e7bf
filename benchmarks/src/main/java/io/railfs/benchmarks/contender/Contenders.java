// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.Packages;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes contenders by name and stops them all; for one thread, but for {@link #close}. */
public final class Contenders implements AutoCloseable {
  private final Site site;
  private final ObjectServer objectServer;
  private final RailfsWorker railfsWorker;
  private final RailfsWorker s3Worker;
  private final AlluxioCluster alluxioCluster;
  private final Map<String, Contender> made = new HashMap<>();
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private boolean closed;

  public Contenders(Site site) {
    this.site = site;
    objectServer = new ObjectServer(site);
    railfsWorker =
        new RailfsWorker(site, "railfs", RailfsTrust.NONE, new RailfsUfs(Optional.empty()));
    s3Worker =
        new RailfsWorker(
            site, "railfs-s3", RailfsTrust.NONE, new RailfsUfs(Optional.of(objectServer)));
    alluxioCluster = new AlluxioCluster(site);
    owned.push(objectServer);
    owned.push(railfsWorker);
    owned.push(s3Worker);
    owned.push(alluxioCluster);
  }

  /** Whom to name so that a variant takes part: "railfs" for "railfs-cached". */
  public static String family(String name) {
    int dash = name.indexOf('-');
    return dash < 0 ? name : name.substring(0, dash);
  }

  /** Debian's packages that these families need. */
  public static List<Packages.Needed> packages(List<String> families) {
    List<Packages.Needed> needed = new ArrayList<>();
    needed.add(Packages.Needed.of("gcc", "/usr/bin/gcc", "compiles our own C programs"));
    needed.add(Packages.Needed.of("libc6-dev", "/usr/include/stdio.h", "compiles them"));
    needed.add(Packages.Needed.of("pkg-config", "/usr/bin/pkg-config", "finds libfuse 3"));
    needed.add(
        Packages.Needed.of(
            "libfuse3-dev", "/usr/include/fuse3/fuse_lowlevel.h", "memfs is compiled with it"));
    if (families.contains("glusterfs")) {
      needed.add(Packages.Needed.of("glusterfs-server", "/usr/sbin/glusterfsd", "a peer"));
      needed.add(Packages.Needed.of("glusterfs-client", "/usr/sbin/glusterfs", "a peer"));
    }
    if (families.contains("moosefs")) {
      needed.add(Packages.Needed.of("moosefs-master", "/usr/sbin/mfsmaster", "a peer"));
      needed.add(Packages.Needed.of("moosefs-chunkserver", "/usr/sbin/mfschunkserver", "a peer"));
      needed.add(Packages.Needed.of("moosefs-client", "/usr/bin/mfsmount", "a peer"));
      needed.add(Packages.Needed.of("iproute2", "/usr/sbin/ip", "MooseFS needs a namespace"));
    }
    if (families.contains("sshfs")) {
      needed.add(Packages.Needed.of("sshfs", "/usr/bin/sshfs", "a peer"));
      needed.add(Packages.Needed.of("openssh-server", "/usr/sbin/sshd", "sshfs needs it"));
    }
    if (families.contains("s3fs")) {
      needed.add(Packages.Needed.of("s3fs", "/usr/bin/s3fs", "a peer"));
    }
    if (families.contains("rclone")) {
      needed.add(Packages.Needed.of("rclone", "/usr/bin/rclone", "a peer"));
      needed.add(Packages.Needed.of("fuse3", "/usr/bin/fusermount3", "rclone mounts with it"));
    }
    if (families.contains("alluxio")) {
      needed.add(Packages.Needed.of("maven", "/usr/bin/mvn", "fetches Alluxio's jars"));
    }
    return needed;
  }

  /** The contender of this name, not started. */
  public synchronized Contender get(String name) {
    if (closed) {
      throw new IllegalStateException("the run is ending");
    }
    return made.computeIfAbsent(
        name,
        wanted -> {
          Contender contender = make(wanted);
          owned.push(contender);
          return contender;
        });
  }

  private Contender make(String name) {
    Scale scale = site.dataset().scale();
    return switch (name) {
      case "file" ->
          new Unmounted(name, site.dataset().root(), "the dataset's own files, in the page cache");
      case "N" ->
          new Unmounted(
              name,
              site.dataset().root(),
              "benchmarks/src/main/c/netlimit.c: sendfile from the page cache, read into a buffer of 1 MiB");
      case "memfs" -> new Memfs(site);
      case "null" -> new RailfsNull(site);
      case "railfs" -> new Railfs(site, name, railfsWorker, scale.smallMemory());
      case "railfs-local" -> Railfs.local(site, name, railfsWorker, scale.smallMemory());
      case "railfs-secret" -> trusting(name, RailfsTrust.SECRET);
      case "railfs-tls" -> trusting(name, RailfsTrust.TLS);
      case "railfs-s3" -> new Railfs(site, name, s3Worker, scale.smallMemory());
      case "sdk" -> new Sdk(site, objectServer);
      case "s3fs", "rclone" -> new S3Mount(site, name, objectServer);
      case "railfs-cached" -> new Railfs(site, name, railfsWorker, scale.largeMemory());
      case "glusterfs" -> new Glusterfs(site);
      case "moosefs" -> new Moosefs(site);
      case "sshfs" -> new Sshfs(site);
      case "alluxio" -> new Alluxio(site, name, alluxioCluster, false);
      case "alluxio-cached" -> new Alluxio(site, name, alluxioCluster, true);
      default -> throw new IllegalArgumentException("there is no contender '" + name + "'");
    };
  }

  /** Beside a worker of its own. */
  private Contender trusting(String name, RailfsTrust trust) {
    RailfsWorker worker = new RailfsWorker(site, name, trust, new RailfsUfs(Optional.empty()));
    owned.push(worker);
    return new Railfs(site, name, worker, site.dataset().scale().smallMemory());
  }

  /**
   * Stops the clients whose caches hold a file, which only some works need, to free their memory.
   */
  public synchronized void stopVariants() {
    made.entrySet()
        .removeIf(
            entry -> {
              boolean variant = !family(entry.getKey()).equals(entry.getKey());
              if (variant) {
                owned.remove(entry.getValue());
                entry.getValue().close();
              }
              return variant;
            });
  }

  /** Stops all, the latest first. */
  @Override
  public synchronized void close() {
    closed = true;
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        System.err.println("bench: stopping failed: " + e);
      }
    }
  }
}
