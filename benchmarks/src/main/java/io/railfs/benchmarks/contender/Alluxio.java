// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Alluxio's FUSE client, with or without its cache on the client's disk. */
final class Alluxio extends Mounted {
  private final AlluxioCluster cluster;
  private final boolean cached;

  Alluxio(Site site, String name, AlluxioCluster cluster, boolean cached) {
    super(site, name);
    this.cluster = cluster;
    this.cached = cached;
  }

  @Override
  public boolean isJvm() {
    return true;
  }

  @Override
  public boolean keepsContent() {
    return cached;
  }

  @Override
  void startServers() throws BenchException, InterruptedException {
    cluster.start();
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException {
    Map<String, String> settings = new LinkedHashMap<>();
    if (cached) {
      Path directory = site.emptyDirectory("alluxio/client-cache");
      settings.put("user.client.cache.enabled", "true");
      settings.put("user.client.cache.dirs", directory.toString());
      settings.put("user.client.cache.size", 2 * site.dataset().scale().fileSize() + "B");
    }
    List<String> words = cluster.java("1g", settings, "alluxio.fuse.AlluxioFuse");
    words.addAll(
        List.of(
            "-m", at.path().toString(), "-o", "kernel_cache,attr_timeout=600,entry_timeout=600"));
    return cluster.start(name(), words);
  }

  @Override
  double serverSeconds() {
    return cluster.processorSeconds();
  }

  /** Other mounts read from them too; whoever made them stops them. */
  @Override
  public String setUp() {
    return "2.9.6, master and worker on loopback TCP, memory tier, short-circuit off, metadata cache on, kernel_cache"
        + (cached ? ", client cache on disk (in the page cache), larger than the file" : "");
  }
}
