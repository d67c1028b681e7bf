// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import io.railfs.it.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A worker on a host of its own, with two store directories, each a file system of its own in
 * memory. Its process sees the wall clock through libfaketime, so that this can jump for it alone.
 */
final class WorkerHost implements AutoCloseable {
  static final int WEB_PORT = 30_000;
  private static final int STORE_MIB = 24;
  private static final int CAPACITY_MIB = 32;
  private static final long END_SECONDS = 20;

  private final Hosts hosts;
  private final int number;
  private final Path base;
  private final List<Path> stores;
  private Process process;

  WorkerHost(Hosts hosts, int number, Path base, String shared) throws IOException {
    this.hosts = hosts;
    this.number = number;
    this.base = Files.createDirectory(base.resolve("worker-" + number));
    this.stores = List.of(this.base.resolve("disk-a"), this.base.resolve("disk-b"));
    for (Path store : stores) {
      Files.createDirectory(store);
      Shell.bash("mount -t tmpfs -o size=$2m railfs-fault \"$1\"", store, STORE_MIB).ok();
    }
    setClock("+0");
    Files.writeString(
        this.base.resolve("railfs-worker.conf"),
        shared
            + """
              railfs.run-directory = "%1$s"
              railfs.worker {
                id = worker-%2$d
                store { directories = ["%3$s", "%4$s"], capacity = %5$dMiB, probe-interval = 1s, open-files = 32 }
                local.socket = "%6$s"
              }
              """
                .formatted(
                    this.base.resolve("run"),
                    number,
                    stores.get(0),
                    stores.get(1),
                    CAPACITY_MIB,
                    // All hosts are one: every other worker lends its files, the others use the
                    // rails.
                    number % 2 == 1 ? "auto" : ""));
  }

  /** Which it is; its host has the same number. */
  int number() {
    return number;
  }

  /** As mounts know it. */
  String id() {
    return "worker-" + number;
  }

  /** Its store directories. */
  List<Path> stores() {
    return stores;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  Path log() {
    return base.resolve("log");
  }

  /** Sets the clock of its process off by so many seconds, "+3600" or "-3600". */
  void setClock(String seconds) throws IOException {
    Path next = base.resolve("clock.next");
    Files.writeString(next, seconds + "\n");
    Files.move(next, base.resolve("clock"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** Starts it; does not wait until it serves. */
  void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(hosts.words(number, Stage.railfs(), "worker", "-f", "start"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().putAll(environment());
    process = builder.start();
  }

  private Map<String, String> environment() {
    return Map.of(
        "RAILFS_CONF_DIR",
        base.toString(),
        "LD_PRELOAD",
        Stage.fakeTime(),
        "FAKETIME_TIMESTAMP_FILE",
        base.resolve("clock").toString(),
        "FAKETIME_CACHE_DURATION",
        "1",
        // Only the wall clock jumps; waits, which go by the monotonic one, stay as they are.
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0",
        "NO_FAKE_STAT",
        "1");
  }

  /** Runs a bash script in the mount namespace of its process, with arguments $1, $2, ... */
  void inMounts(String script, Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    all[0] = process.pid();
    all[1] = script;
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    Shell.bash("nsenter -t $1 -m -- bash -c \"$2\" bash \"${@:3}\"", all).ok();
  }

  void signal(String name) {
    Shell.bash("kill -$1 $2", name, process.pid()).ok();
  }

  /** Kills it and waits until it has gone. */
  void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError(id() + " does not die");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      kill();
    }
    for (Path store : stores) {
      Shell.bash("umount -l \"$1\"", store);
    }
  }
}
