// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.nulls.NullCommand;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.util.List;
import java.util.Map;

/** RailFS's FUSE layer and page cache over a source that answers at once. */
final class RailfsNull extends Mounted {
  RailfsNull(Site site) {
    super(site, "null");
  }

  @Override
  public boolean isJvm() {
    return true;
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException {
    Scale scale = site.dataset().scale();
    List<String> words =
        NullCommand.command(at.path(), scale.files(), scale.fileSize(), scale.largeMemory());
    return Daemon.start(name(), site.log(name()), Map.of(), words);
  }

  /** As a RailFS mount does for itself. */
  @Override
  void mounted(MountPoint at) throws BenchException {
    at.readAhead(Memfs.READAHEAD_KIB);
  }

  @Override
  public String setUp() {
    return "RailFS's FUSE layer over a page source that answers at once, railfs.mount.memory-limit = "
        + site.dataset().scale().largeMemory();
  }
}
