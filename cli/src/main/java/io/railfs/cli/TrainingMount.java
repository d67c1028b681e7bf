// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunState;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Unmount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A mount in this process, by the command that mounts, so that the archive of classes has what a
 * mount uses.
 *
 * @param conf of the mount; its log is made beside it
 * @param mountpoint is made
 */
record TrainingMount(Path conf, Path mountpoint) {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  /** Mounts, reads and unmounts; where nothing can be mounted it ends at once, and says why. */
  void run(TrainingReads reads) throws IOException, ConfException, CommandException {
    Files.createDirectories(mountpoint);
    reads.makeFew();
    Thread serving = new Thread(this::serve, "railfs-training-mount");
    serving.setDaemon(true);
    serving.start();
    try {
      if (awaitReady(serving)) {
        try {
          WarmUpCommand.run("mount", "-c", conf.toString());
          WarmUpCommand.run("status", "-c", conf.toString());
          reads.once();
        } finally {
          // Not by the command, which would wait for the end of this process.
          Unmount.run(mountpoint, Unmount.Mode.LAZY);
        }
        serving.join(LONGEST.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() {
    WarmUpCommand.run(
        "mount",
        "-f",
        "-c",
        conf.toString(),
        "--log-file",
        conf.resolveSibling("mount.log").toString(),
        mountpoint.toString());
  }

  private boolean awaitReady(Thread serving)
      throws ConfException, CommandException, InterruptedException {
    RunDirectory runs =
        RunDirectory.of(Conf.load(ProcessRole.MOUNT, Optional.of(conf), List.of()).config());
    RunId id = RunId.ofMount(mountpoint);
    long end = System.nanoTime() + LONGEST.toNanos();
    while (serving.isAlive() && System.nanoTime() - end < 0) {
      if (runs.read(id).filter(record -> record.state() == RunState.READY).isPresent()) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return false;
  }
}
