// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import io.railfs.base.FileTree;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Mountpoint;
import io.railfs.supervision.system.Unmount;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import io.railfs.worker.WorkerStartException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/**
 * Starts a worker and a mount and reads as training jobs do, so that each of the two writes at its
 * end how its code ran (the AOT cache of JDK 25, JEP 514 and 515; {@link
 * io.railfs.supervision.JvmCommand} has the flags). They are processes of their own, started as
 * ever: a method that was compiled for both at once would wait in each for classes that only the
 * other loads.
 */
@Command(name = "learn", hidden = true)
final class LearnCommand implements Callable<Integer> {
  private static final Duration END = Duration.ofSeconds(10);

  @Option(
      names = "--briefly",
      description = "Reads a little of everything, not until its code is compiled.")
  private boolean briefly;

  @Override
  public Integer call() throws CommandException, ConfException, InterruptedException {
    try {
      Path directory = Files.createTempDirectory("railfs-learn");
      try {
        learnIn(directory);
      } finally {
        FileTree.delete(directory);
      }
      return ExitCode.OK;
    } catch (IOException | WorkerStartException e) {
      throw new CommandException("the training failed: " + e.getMessage(), e);
    }
  }

  private void learnIn(Path directory)
      throws IOException,
          CommandException,
          ConfException,
          WorkerStartException,
          InterruptedException {
    Path dataset = Files.createDirectories(directory.resolve("data"));
    Path mountpoint = Files.createDirectories(directory.resolve("mnt"));
    TrainingReads reads = new TrainingReads(dataset, mountpoint);
    if (briefly) {
      reads.makeFew();
    } else {
      reads.makeMany();
    }
    TrainingConf conf = new TrainingConf(directory);
    int port = freePort();
    String worker = conf.worker("file://" + dataset, "{}", port).toString();
    Config ofWorker = load(Path.of(worker));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> end(directory, ofWorker, mountpoint), "railfs-learn-end"));
    run("worker", "start", "-c", worker);
    try (Worker other = remote(directory.resolve("other"), dataset)) {
      String client = conf.client(port, other.rpcPort()).toString();
      run("mount", "-c", client, mountpoint.toString());
      try {
        if (briefly) {
          reads.once();
        } else {
          reads.thoroughly();
        }
      } finally {
        run("umount", "-c", client, mountpoint.toString());
      }
    } finally {
      run("worker", "stop", "-c", worker);
    }
  }

  /** One that a mount reads over TCP alone, as from another host. It learns nothing. */
  private static Worker remote(Path directory, Path dataset)
      throws IOException, ConfException, WorkerStartException {
    Files.createDirectories(directory);
    Path conf = new TrainingConf(directory).worker("file://" + dataset, "{}", 0);
    return Worker.start(WorkerSettings.of(load(conf)));
  }

  private static Config load(Path conf) throws ConfException {
    return Conf.load(ProcessRole.WORKER, Optional.of(conf), List.of()).config();
  }

  /**
   * Where a signal ends this process: both are sessions of their own, and would stay. After an
   * ordinary end there is no directory.
   */
  private static void end(Path directory, Config worker, Path mountpoint) {
    if (!Files.exists(directory)) {
      return;
    }
    try {
      if (Mountpoint.isMounted(mountpoint)) {
        Unmount.run(mountpoint, Unmount.Mode.LAZY);
      }
      RunId id = RunId.ofWorker(worker.getInt("railfs.worker.rpc.bind.port"));
      Optional<RunRecord> running = RunDirectory.of(worker).running(id);
      if (running.isPresent()) {
        running.get().pid().terminate();
        boolean unused = running.get().pid().awaitEnd(END);
      }
      FileTree.delete(directory);
    } catch (CommandException | IOException e) {
      System.err.println("railfs: the training leaves " + directory + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void run(String... words) throws CommandException {
    if (Main.commandLine(words).execute(words) != ExitCode.OK) {
      throw new CommandException("the training ended, as railfs " + words[0] + " failed");
    }
  }
}
