// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * GlusterFS without its manager: one brick and one client from volume files written by hand, with
 * the translators that its manager puts into them. The brick's files are hard links to the
 * dataset's, so they share its pages.
 */
final class Glusterfs extends Mounted {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Daemon brick;
  private int port;

  Glusterfs(Site site) {
    super(site, "glusterfs");
  }

  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  void startServers() throws BenchException, InterruptedException {
    if (brick != null && brick.isAlive()) {
      return;
    }
    Path directory = site.directory("glusterfs");
    Path files = directory.resolve("brick");
    if (!Files.exists(files.resolve(".copied"))) {
      site.emptyDirectory("glusterfs/brick");
      String copy = "cp -al \"$1\"/set-* \"$1/small\" \"$1/warm\" \"$2\" && touch \"$2/.copied\"";
      Command.run(
          LIMIT,
          List.of("bash", "-c", copy, "cp", site.dataset().root().toString(), files.toString()));
    }
    port = Site.freePort();
    Path volume = Site.write(directory.resolve("brick.vol"), BRICK.formatted(files, port));
    brick =
        Daemon.start(
            "glusterfsd",
            site.log("glusterfsd"),
            Map.of(),
            List.of(
                "glusterfsd", "-N", "-f", volume.toString(), "-l", "/dev/stderr", "-L", "WARNING"));
    brick.await(LIMIT, "its port", () -> Site.listens(port));
  }

  private static final String BRICK =
      """
      volume posix
        type storage/posix
        option directory %s
      end-volume
      volume access
        type features/access-control
        subvolumes posix
      end-volume
      volume locks
        type features/locks
        subvolumes access
      end-volume
      volume threads
        type performance/io-threads
        option thread-count 16
        subvolumes locks
      end-volume
      volume brick
        type debug/io-stats
        option count-fop-hits off
        option latency-measurement off
        subvolumes threads
      end-volume
      volume server
        type protocol/server
        option transport-type tcp
        option transport.socket.bind-address 127.0.0.1
        option transport.socket.listen-port %d
        option auth.addr.brick.allow *
        subvolumes brick
      end-volume
      """;

  private static final String CLIENT =
      """
      volume client
        type protocol/client
        option transport-type tcp
        option remote-host 127.0.0.1
        option remote-port %d
        option remote-subvolume brick
      end-volume
      volume write-behind
        type performance/write-behind
        subvolumes client
      end-volume
      volume open-behind
        type performance/open-behind
        subvolumes write-behind
      end-volume
      volume quick-read
        type performance/quick-read
        subvolumes open-behind
      end-volume
      volume md-cache
        type performance/md-cache
        subvolumes quick-read
      end-volume
      volume bench
        type performance/io-threads
        subvolumes md-cache
      end-volume
      """;

  @Override
  Daemon startClient(MountPoint at) throws BenchException {
    Path volume = Site.write(site.base().resolve("glusterfs/client.vol"), CLIENT.formatted(port));
    return Daemon.start(
        name(),
        site.log(name()),
        Map.of(),
        List.of(
            "glusterfs",
            "-N",
            "-f",
            volume.toString(),
            "-l",
            "/dev/stderr",
            "-L",
            "WARNING",
            at.path().toString()));
  }

  @Override
  double serverSeconds() {
    return brick == null ? 0 : brick.processorSeconds();
  }

  @Override
  void stopServers() {
    if (brick != null) {
      brick.close();
    }
  }

  @Override
  public String setUp() {
    return "one brick on loopback TCP, volume files by hand: write-behind, open-behind, quick-read, md-cache, io-threads";
  }
}
