// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A dataset, a worker over it and a mount of it, each with directories, ports and conf files of
 * their own, handled through {@code bin/railfs} as an operator would. Closing it unmounts, stops
 * and removes everything, whatever state it is in.
 */
final class MountEnvironment implements AutoCloseable {
  static final Path HOME = Path.of(System.getProperty("railfs.home"));
  static final Duration LIMIT = Duration.ofSeconds(90);

  private final Path base;
  final Path dataset;
  final Path mountpoint;
  final Path store;
  final Path conf;
  final Path logs;
  final int rpcPort;
  final int dataPort;
  final int webPort;
  final int restPort;
  private final List<Path> mounted = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private boolean workerStarted;

  private MountEnvironment(Path base) throws IOException {
    this.base = base;
    this.dataset = Files.createDirectory(base.resolve("dataset"));
    this.mountpoint = Files.createDirectory(base.resolve("mnt"));
    this.store = Files.createDirectory(base.resolve("store"));
    this.conf = Files.createDirectory(base.resolve("conf"));
    this.logs = Files.createDirectory(base.resolve("logs"));
    environment.put("RAILFS_CONF_DIR", conf.toString());
    this.rpcPort = Ports.take();
    this.dataPort = Ports.take();
    this.webPort = Ports.take();
    this.restPort = Ports.take();
    writeConf("", "");
  }

  static MountEnvironment create() {
    try {
      return new MountEnvironment(Files.createTempDirectory("railfs-it-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** In an empty directory of its own. */
  static MountEnvironment createIn(Path base) {
    try {
      return new MountEnvironment(base);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With a worker that runs and a mount that is ready. */
  static MountEnvironment mounted(ThrowingConsumer<Path> dataset) {
    return mounted("", dataset);
  }

  /** The same, with settings of the mount. */
  static MountEnvironment mounted(String mountSettings, ThrowingConsumer<Path> dataset) {
    MountEnvironment playground = served(mountSettings, dataset);
    try {
      playground.mount();
      return playground;
    } catch (RuntimeException | Error e) {
      playground.close();
      throw e;
    }
  }

  /** With a worker that runs. */
  static MountEnvironment served(ThrowingConsumer<Path> dataset) {
    return served("", dataset);
  }

  private static MountEnvironment served(String mountSettings, ThrowingConsumer<Path> dataset) {
    MountEnvironment playground = create();
    try {
      playground.writeConf(mountSettings, "");
      dataset.accept(playground.dataset);
      playground.startWorker();
      return playground;
    } catch (IOException e) {
      playground.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      playground.close();
      throw e;
    }
  }

  /** Fills a dataset. */
  interface ThrowingConsumer<T> {
    void accept(T value) throws IOException;
  }

  /**
   * Writes both conf files; what is given is added behind the places and ports of this playground.
   */
  void writeConf(String mountSettings, String workerSettings) {
    try {
      String places =
          "railfs.run-directory = \""
              + base.resolve("run")
              + "\"\nrailfs.log.directory = \""
              + logs
              + "\"\n";
      Files.writeString(
          conf.resolve("railfs.conf"),
          places + "railfs.workers = [\"127.0.0.1:" + rpcPort + "\"]\n" + mountSettings + "\n");
      Files.writeString(
          conf.resolve("railfs-worker.conf"),
          places
              + "railfs.worker {\n  ufs = \"file://"
              + dataset
              + "\"\n  rpc.bind { host = \"127.0.0.1\", port = "
              + rpcPort
              + " }\n  data.bind { host = \"127.0.0.1\", port = "
              + dataPort
              + " }\n  web.bind { host = \"127.0.0.1\", port = "
              + webPort
              + " }\n  rest.bind.port = "
              + restPort
              + "\n  store { directories = [\""
              + store
              + "\"], capacity = 6GiB }\n}\n"
              + workerSettings
              + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs {@code bin/railfs} with these words. */
  Shell.Result railfs(Object... words) {
    List<String> command = new ArrayList<>();
    command.add(RailfsProcess.PATH.toString());
    Stream.of(words).map(Object::toString).forEach(command::add);
    return Shell.run(LIMIT, environment, base, command);
  }

  /** Sets a variable for every command from now on, and so for the processes that they start. */
  void environment(String name, String value) {
    environment.put(name, value);
  }

  void startWorker() {
    workerStarted = true;
    railfs("worker", "start").ok();
  }

  void stopWorker() {
    railfs("worker", "stop").ok();
    workerStarted = false;
  }

  /** Mounts with further words before the mountpoint. */
  void mount(Object... options) {
    List<Object> words = new ArrayList<>(List.of("mount"));
    words.addAll(List.of(options));
    words.add(mountpoint);
    mounted.add(mountpoint);
    railfs(words.toArray()).ok();
  }

  void unmount() {
    List<Long> pids = pidsOf("mount -f");
    Shell.Result result = railfs("umount", mountpoint);
    if (result.exit() != 0) {
      pids.forEach(pid -> System.out.println(Shell.bash("jstack $1", pid)));
      System.out.println(mountLog());
    }
    result.ok();
    mounted.remove(mountpoint);
  }

  /** Drops what the kernel keeps of a file, so that the next read comes to RailFS. */
  static void dropKernelPages(Path file) {
    Shell.run(
            LIMIT,
            Map.of(),
            null,
            List.of(
                "python3",
                "-c",
                "import os,sys; fd=os.open(sys.argv[1],os.O_RDONLY); os.posix_fadvise(fd,0,0,os.POSIX_FADV_DONTNEED)",
                file.toString()))
        .ok();
  }

  /** The pid of the process that serves the mount. */
  long mountPid() {
    return pidOf("mount -f");
  }

  /** Whether a process has ended; one that only waits for its parent to take note has. */
  static boolean isGone(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'Z';
    } catch (IOException e) {
      return true;
    }
  }

  long workerPid() {
    return pidOf("worker start -f");
  }

  /**
   * Kills the worker's process and returns when nothing of it is left, also none of its threads:
   * then its ports and its store are free.
   */
  void killWorker() {
    long pid = workerPid();
    Shell.bash("kill -KILL $1", pid).ok();
    Awaitility.await().atMost(LIMIT).until(() -> isGone(pid) && threads(pid) <= 1);
  }

  private static int threads(long pid) {
    String[] threads = Path.of("/proc/" + pid + "/task").toFile().list();
    return threads == null ? 0 : threads.length;
  }

  /**
   * The process of this playground whose command line holds these words: its conf directory is in
   * its environment.
   */
  long pidOf(String words) {
    List<Long> found = pidsOf(words);
    assertThat(found).as("processes with '%s' of %s", words, base).hasSize(1);
    return found.get(0);
  }

  private List<Long> pidsOf(String words) {
    List<Long> found = new ArrayList<>();
    ProcessHandle.allProcesses()
        .filter(process -> isOurs(process.pid(), words))
        .forEach(process -> found.add(process.pid()));
    return found;
  }

  private boolean isOurs(long pid, String words) {
    try {
      String command = Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ');
      return command.contains(words)
          && Files.readString(Path.of("/proc/" + pid + "/environ")).contains(conf.toString());
    } catch (IOException e) {
      // The process is gone, or not ours to look at.
      return false;
    }
  }

  /** Where the mount says its metrics. */
  String metricsUrl() {
    return ConfigFactory.parseString(railfs("status", "--json").out())
        .getString("metrics." + ConfigUtil.quoteString(mountpoint.toString()));
  }

  String mountLog() {
    return log("mount");
  }

  String workerLog() {
    return log("worker");
  }

  private String log(String kind) {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.filter(f -> f.getFileName().toString().contains(kind)).toList()) {
        text.append(Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  @Override
  public void close() {
    for (Path directory : mounted) {
      railfs("umount", "-f", directory);
    }
    if (workerStarted) {
      // Whatever a test made of the conf: never a worker of this machine.
      railfs("worker", "stop", "-D", "railfs.run-directory=" + base.resolve("run"));
    }
    // Whatever is left was started here: find it by its environment and end it.
    ProcessHandle.allProcesses()
        .filter(process -> isOurs(process.pid(), "railfs"))
        .forEach(ProcessHandle::destroyForcibly);
    // A mount that a failed test left would be a stale one for every test after it.
    Shell.bash(
        """
        awk -v below="$1/" 'index($5, below) == 1 {print $5}' /proc/self/mountinfo | xargs -r umount -l
        rm -rf --one-file-system "$1"
        """,
        base);
  }
}
