// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.util.List;
import java.util.Map;

/** The limit F: what a C program on libfuse 3 gives that only answers from memory. */
final class Memfs extends Mounted {
  static final int READAHEAD_KIB = 512;

  Memfs(Site site) {
    super(site, "memfs");
  }

  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException {
    return Daemon.start(
        name(),
        site.log(name()),
        Map.of(),
        List.of(
            site.tools().program("memfs").toString(),
            site.dataset().root().toString(),
            at.path().toString()));
  }

  @Override
  void mounted(MountPoint at) throws BenchException {
    at.readAhead(READAHEAD_KIB);
  }

  @Override
  public String setUp() {
    return "F: benchmarks/src/main/c/memfs.c on libfuse 3, requests of 1 MiB, 32 threads, readahead 512 KiB";
  }
}
