// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.base.FileTree;
import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.RunState;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Pid;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import io.railfs.worker.WorkerStartException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import picocli.CommandLine.Command;

/**
 * Loads the classes of RailFS, and those of the libraries that a worker and a client use, in a JVM
 * that writes their names into a list at its end (-XX:DumpLoadedClassList), of which the launcher
 * makes an archive; later JVMs map the archive instead of reading the jars. Where it may, it also
 * mounts and reads.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final String CLASS = ".class";
  private static final Duration TRAINING = Duration.ofSeconds(60);

  /** Whether it may mount: only where somebody asked for it, as an installation does. */
  private static final boolean MOUNTS = Boolean.getBoolean("railfs.mounts");

  @Override
  public Integer call() throws CommandException {
    Main.commandLine().getUsageMessage();
    train();
    int loaded = 0;
    for (String jar : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      // Of the libraries only what is used: the archive of all would take a minute to make.
      if (Path.of(jar).getFileName().toString().startsWith("railfs-")) {
        loaded += load(jar);
      }
    }
    System.out.println(loaded + " classes");
    return 0;
  }

  /**
   * Runs a worker and clients of it for a moment, on loopback and in a directory of its own: what
   * they make while they run (lambdas) is in the archive only if they did run. Without it, where it
   * fails, starts are somewhat slower.
   */
  private static void train() {
    Thread training = new Thread(WarmUpCommand::trainNow, "railfs-training");
    training.setDaemon(true);
    training.start();
    try {
      training.join(TRAINING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void trainNow() {
    try {
      Path directory = Files.createTempDirectory("railfs-warm-up");
      try {
        trainIn(directory);
      } finally {
        FileTree.delete(directory);
      }
    } catch (IOException | ConfException | CommandException | WorkerStartException e) {
      System.err.println("railfs: nothing is trained: " + e.getMessage());
    }
  }

  private static void trainIn(Path directory)
      throws IOException, ConfException, CommandException, WorkerStartException {
    Path dataset = Files.createDirectories(directory.resolve("data/files"));
    Files.write(dataset.resolve("large"), new byte[3 << 20]);
    Files.write(dataset.resolve("small"), new byte[1000]);
    // Nobody listens there: it starts without its store, as it does when a store is away.
    String away =
        "{ endpoint = \"http://127.0.0.1:1\", region = r, access_key_id = a, secret_access_key = b }";
    TrainingConf conf = new TrainingConf(directory);
    Worker.start(settings(directory, conf.worker("s3://train", away, 0))).close();
    Path ofFiles = conf.worker("file://" + directory + "/data", "{}", 0);
    try (Worker worker = Worker.start(settings(directory, ofFiles))) {
      Path client = conf.client(worker.rpcPort());
      run("version");
      run("mount");
      listThis(client, "127.0.0.1:" + worker.rpcPort());
      run("mount", "-c", client.toString());
      run("load", "-c", client.toString(), "/");
      run("status", "-c", client.toString());
      // Its proof reads as a mount does, over each transport.
      run("doctor", "-c", client.toString());
      if (MOUNTS) {
        Path mountpoint = directory.resolve("mnt");
        new TrainingMount(client, mountpoint)
            .run(new TrainingReads(directory.resolve("data"), mountpoint));
      }
    }
  }

  /**
   * Lists the root directory as a mount of this process, and lets later commands find such a mount,
   * which gives them no numbers.
   */
  private static void listThis(Path conf, String worker) throws CommandException, ConfException {
    Config config = Conf.load(ProcessRole.MOUNT, Optional.of(conf), List.of()).config();
    RunDirectory runs = RunDirectory.of(config);
    Path root = Path.of("/");
    runs.write(
        RunId.ofMount(root),
        new RunRecord(
            ProcessRole.MOUNT,
            root.toString(),
            Pid.current(),
            RunState.READY,
            "",
            "",
            conf.toString(),
            List.of(),
            List.of(worker),
            Instant.now()));
    try {
      List<MountEntry> mounts =
          MountInfo.read().entries().stream().filter(e -> e.mountpoint().equals(root)).toList();
      MountList.of(runs, mounts).print(false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static WorkerSettings settings(Path directory, Path conf) throws ConfException {
    Config config = Conf.load(ProcessRole.WORKER, Optional.of(conf), List.of()).config();
    return WorkerSettings.of(config).withLocalSocket(config, directory.resolve("blocks"));
  }

  static void run(String... words) {
    int unused = Main.commandLine(words).execute(words);
  }

  private static int load(String jar) throws CommandException {
    int loaded = 0;
    try (JarFile file = new JarFile(jar)) {
      Enumeration<JarEntry> entries = file.entries();
      while (entries.hasMoreElements()) {
        String name = entries.nextElement().getName();
        if (name.endsWith(CLASS) && !name.startsWith("META-INF") && !name.contains("-")) {
          loaded += loadClass(name.substring(0, name.length() - CLASS.length()).replace("/", "."));
        }
      }
      return loaded;
    } catch (IOException e) {
      throw new CommandException(jar + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static int loadClass(String name) {
    try {
      Class.forName(name, false, WarmUpCommand.class.getClassLoader());
      return 1;
    } catch (ClassNotFoundException | LinkageError e) {
      // It needs a library that is optional and not here: such a class is never used.
      return 0;
    }
  }
}
