// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A systemd of its own beside whatever runs this machine: process 1 of new namespaces, on the files
 * of this machine, with the units and the mount helper of an installation and a given fstab. What
 * it mounts is seen inside only. Closing it ends everything inside.
 */
final class SystemdLab implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String BOOT = "boot-systemd.sh";

  private final Path directory;
  private final Process boot;
  private final long init;

  private SystemdLab(Path directory, Process boot, long init) {
    this.directory = directory;
    this.boot = boot;
    this.init = init;
  }

  /**
   * Boots it.
   *
   * @param directory a new directory of its own
   * @param prefix of an installation
   * @param fstab lines of /etc/fstab
   */
  static SystemdLab boot(Path directory, Path prefix, String fstab) throws IOException {
    Files.createDirectory(directory);
    Files.createDirectory(directory.resolve("cgroup"));
    Path units = Files.createDirectory(directory.resolve("units"));
    try (Stream<Path> files = Files.list(prefix.resolve("lib/systemd/system"))) {
      for (Path unit : files.toList()) {
        Files.copy(unit, units.resolve(unit.getFileName()));
      }
    }
    Files.createSymbolicLink(
        directory.resolve("mount.railfs"), prefix.resolve("sbin/mount.railfs"));
    Files.writeString(directory.resolve("fstab"), fstab);
    Path script = directory.resolve(BOOT);
    try (var in = SystemdLab.class.getResourceAsStream("/" + BOOT)) {
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    Process boot =
        new ProcessBuilder("bash", script.toString(), directory.toString())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("boot.log").toFile())
            .start();
    try {
      return new SystemdLab(directory, boot, awaitInit(directory, boot));
    } catch (RuntimeException | Error e) {
      boot.descendants().forEach(ProcessHandle::destroyForcibly);
      boot.destroyForcibly();
      throw e;
    }
  }

  /** The pid, on this machine, of the systemd that has booted. */
  private static long awaitInit(Path directory, Process boot) {
    Awaitility.await("systemd in " + directory)
        .atMost(LIMIT)
        .failFast("it ended: " + directory.resolve("boot.log"), () -> !boot.isAlive())
        .until(
            () ->
                boot.children()
                    .anyMatch(
                        child ->
                            enter(child.pid(), List.of("systemctl", "is-active", "basic.target"))
                                    .exit()
                                == 0));
    return boot.children().findFirst().orElseThrow().pid();
  }

  private static Shell.Result enter(long pid, List<String> words) {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--target", String.valueOf(pid), "--all", "--"));
    command.addAll(words);
    return Shell.run(LIMIT, Map.of("LC_ALL", "C.UTF-8"), null, command);
  }

  /** Runs a program inside. */
  Shell.Result run(Object... words) {
    return enter(init, Stream.of(words).map(Object::toString).toList());
  }

  /** Runs a bash script inside, with arguments $1, $2, ... */
  Shell.Result bash(String script, Object... arguments) {
    List<Object> words = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    words.addAll(List.of(arguments));
    return run(words.toArray());
  }

  /** Lets a unit differ, as an administrator does it. */
  void dropIn(String unit, String settings) {
    bash(
            "mkdir -p \"/etc/systemd/system/$1.d\" && printf '%s\\n' \"$2\" > \"/etc/systemd/system/$1.d/test.conf\""
                + " && systemctl daemon-reload",
            unit, settings)
        .ok();
  }

  /** A property of a unit. */
  String property(String unit, String name) {
    return run("systemctl", "show", "--value", "--property", name, unit).ok().out().strip();
  }

  /** What a unit has logged, and systemd about it. */
  String journal(String unit) {
    return run("journalctl", "--no-pager", "--output=short", "--unit", unit).ok().out();
  }

  @Override
  public void close() {
    Shell.bash("kill -KILL $1", init);
    try {
      if (!boot.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("the systemd of " + directory + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // The group of the hierarchy is empty now; its name holds the pid that unshare has kept.
    Shell.bash(
            "unshare --mount bash -c 'mount -t cgroup2 none \"$1/cgroup\" && find \"$1/cgroup/railfs-lab-$2\" -depth -type d -exec rmdir {} +' bash \"$1\" $2",
            directory,
            boot.pid())
        .ok();
    try {
      Files.deleteIfExists(directory.resolve("mount.railfs"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
