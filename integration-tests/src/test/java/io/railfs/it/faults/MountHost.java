// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import io.railfs.it.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The mount on a host of its own, under a supervisor. */
final class MountHost implements AutoCloseable {
  static final int METRICS_PORT = 9_400;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Hosts hosts;
  private final Path conf;
  private final Path mountpoint;

  MountHost(Hosts hosts, Path base, String settings) throws IOException {
    this.hosts = hosts;
    this.conf = Files.createDirectory(base.resolve("mount"));
    this.mountpoint = Files.createDirectory(base.resolve("mnt"));
    Files.writeString(conf.resolve("railfs.conf"), settings);
  }

  Path mountpoint() {
    return mountpoint;
  }

  /** Mounts; returns when it answers. */
  void start() {
    railfs("mount", "--supervise", mountpoint.toString()).ok();
  }

  private Shell.Result railfs(String... words) {
    List<String> command = hosts.words(Hosts.MOUNT, Stage.railfs());
    command.addAll(List.of(words));
    return Shell.run(LIMIT, Map.of("RAILFS_CONF_DIR", conf.toString()), conf, command);
  }

  /** The process that serves the mount; none while there is none. */
  Optional<Long> pid() {
    return find("mount -f ");
  }

  /** The process that watches over it. */
  long supervisor() {
    return find("mount --supervise -f ").orElseThrow();
  }

  private Optional<Long> find(String words) {
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> isOurs(pid, words))
        .findFirst();
  }

  private boolean isOurs(long pid, String words) {
    try {
      String command = Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ');
      return command.contains(words)
          && Files.readString(Path.of("/proc/" + pid + "/environ")).contains(conf.toString());
    } catch (IOException e) {
      // It is gone, or not ours to look at.
      return false;
    }
  }

  /** Words that run a program where the mount is seen. */
  List<String> inMount() {
    return List.of("nsenter", "-t", String.valueOf(supervisor()), "-m", "--");
  }

  /** So many programs that list and read without pause, until {@link #disperse}. */
  Process crowd(int programs) throws IOException {
    List<String> words = new ArrayList<>(List.of("setsid"));
    words.addAll(inMount());
    words.addAll(
        List.of(
            "bash",
            "-c",
            """
            cd "$1"
            for i in $(seq $2); do
              while :; do ls -lR . > /dev/null; cat files/*/sample-100003 > /dev/null; done &
            done
            wait
            """,
            "bash",
            mountpoint.toString(),
            String.valueOf(programs)));
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Ends them all. */
  void disperse(Process crowd) {
    Shell.bash("kill -9 -- -$1", crowd.pid()).ok();
  }

  @Override
  public void close() {
    railfs("umount", "-f", mountpoint.toString());
  }
}
