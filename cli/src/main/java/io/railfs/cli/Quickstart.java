// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.ConfigUtil;
import io.railfs.base.FileFailure;
import io.railfs.base.HumanReadable;
import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.client.probe.StatusProbe;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.Environment;
import io.railfs.configuration.Home;
import io.railfs.configuration.ProcessRole;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Mountpoint;
import io.railfs.supervision.system.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A worker and a mount for a first look. What runs already is recognised and left as it is.
 *
 * @param state directory of conf files, sample dataset, worker store and default mountpoint
 * @param dataset what the worker serves, absolute
 * @param mountpoint where it is mounted, absolute
 */
record Quickstart(Path state, Path dataset, Path mountpoint) {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final String WORKER_CONF =
      """
      # Written by railfs quickstart.
      railfs.worker.ufs = %s
      railfs.worker.store.directories = [%s]
      railfs.worker.store.capacity = 4GiB
      railfs.worker.rpc.bind.host = "127.0.0.1"
      railfs.worker.data.bind.host = "127.0.0.1"
      """;
  private static final String MOUNT_CONF =
      """
      # Written by railfs quickstart.
      railfs.workers = ["127.0.0.1:29999"]
      railfs.mount.memory-limit = 1GiB
      """;

  /** Finds the directories and makes the missing ones. */
  static Quickstart of(Optional<Path> dataset, Optional<Path> mountpoint) throws CommandException {
    Path state = stateDirectory();
    try {
      Files.createDirectories(state);
      Path data = dataset.isPresent() ? dataset.get() : state.resolve("dataset");
      if (dataset.isEmpty()) {
        SampleDataset.generate(data);
      }
      if (!Files.isDirectory(data)) {
        throw new CommandException("the dataset " + data + " is not a directory");
      }
      Path mount = Mountpoint.resolve(mountpoint.orElse(state.resolve("mnt")));
      if (MountInfo.read().at(mount).isEmpty()) {
        Files.createDirectories(mount);
      }
      return new Quickstart(state, data.toRealPath(), mount);
    } catch (IOException e) {
      throw new CommandException(
          "the quickstart's directory %s cannot be made (%s); name another with RAILFS_QUICKSTART_DIR=DIR"
              .formatted(stateDirectory(), FileFailure.describe(e)),
          e);
    }
  }

  private static Path stateDirectory() {
    return Environment.ofThisProcess()
        .get("RAILFS_QUICKSTART_DIR")
        .map(named -> Path.of(named).toAbsolutePath())
        .orElse(User.home().resolve(".local/share/railfs/quickstart"));
  }

  void run() throws ConfException, CommandException, InterruptedException {
    say("dataset     %s".formatted(dataset));
    Conf worker = startWorker();
    Conf mount = startMount();
    readBack();
    String railfs =
        Home.directory().map(home -> shell(home.resolve("bin/railfs"))).orElse("railfs");
    String workerConf = shell(worker.file().orElseThrow());
    String mountConf = shell(mount.file().orElseThrow());
    say("");
    say("list it     ls %s".formatted(shell(mountpoint)));
    say("look        %s status".formatted(railfs));
    say("stop        %s umount %s".formatted(railfs, shell(mountpoint)));
    say("            %s worker stop -c %s".formatted(railfs, workerConf));
    say("start       %s worker start -c %s".formatted(railfs, workerConf));
    say("            %s mount -c %s %s".formatted(railfs, mountConf, shell(mountpoint)));
  }

  /** As a shell takes it for one word. */
  private static String shell(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  private Conf startWorker() throws ConfException, CommandException, InterruptedException {
    Path file = state.resolve("worker.conf");
    Optional<RunRecord> running =
        Files.exists(file)
            ? WorkerService.running(load(ProcessRole.WORKER, file))
            : Optional.empty();
    if (running.isEmpty()) {
      write(file, WORKER_CONF.formatted(quoted(ufs()), quoted(state.resolve("store").toString())));
    }
    Conf conf = load(ProcessRole.WORKER, file);
    if (running.isPresent()) {
      checkDataset(conf);
      say(
          "worker      runs already at %s, pid %d"
              .formatted(running.get().name(), pid(running.get())));
    } else {
      RunRecord record = WorkerService.of(conf).startInBackground();
      say("worker      %s, pid %d, log %s".formatted(record.name(), pid(record), record.log()));
    }
    say("            conf %s, store %s".formatted(file, state.resolve("store")));
    return conf;
  }

  /** A worker that runs may serve something else. */
  private void checkDataset(Conf conf) throws CommandException {
    String served;
    try (Trust trust = Trust.open(TrustSettings.of(conf.config()), Side.OWN_WORKER)) {
      served = StatusProbe.status(WorkerService.endpoint(conf.config()), trust, TIMEOUT).getUfs();
    } catch (IOException | FabricException e) {
      throw new CommandException("the worker that runs does not answer: " + e.getMessage(), e);
    }
    if (!served.equals(ufs())) {
      throw new CommandException(
          "the worker that runs serves %s; stop it first: railfs worker stop -c %s"
              .formatted(served, state.resolve("worker.conf")));
    }
  }

  private Conf startMount() throws ConfException, CommandException, InterruptedException {
    Path file = state.resolve("mount.conf");
    write(file, MOUNT_CONF);
    Conf conf = load(ProcessRole.MOUNT, file);
    Mountpoint.clearStale(mountpoint);
    if (MountInfo.read().at(mountpoint).filter(MountEntry::isRailfs).isPresent()) {
      say("mount       is there already at %s".formatted(mountpoint));
    } else {
      MountService service = MountService.of(conf, mountpoint);
      service.prepare(Optional.empty());
      RunRecord record = service.startInBackground();
      say("mount       %s, pid %d, log %s".formatted(mountpoint, pid(record), record.log()));
    }
    say("            conf %s".formatted(file));
    return conf;
  }

  private void readBack() throws CommandException {
    Optional<Path> file = ReadBack.candidate(dataset);
    if (file.isEmpty()) {
      say("read back   nothing, the dataset holds no file");
      return;
    }
    ReadBack read = ReadBack.compare(dataset, mountpoint, file.get());
    say(
        "read back   %s: %s at %s, sha256 %s..., equal to the dataset"
            .formatted(
                read.file(),
                HumanReadable.bytes(read.bytes()),
                read.rate(),
                read.sha256().substring(0, 16)));
  }

  private String ufs() {
    String uri = dataset.toUri().toString();
    return uri.endsWith("/") && uri.length() > "file:///".length()
        ? uri.substring(0, uri.length() - 1)
        : uri;
  }

  private static String quoted(String text) {
    return ConfigUtil.quoteString(text);
  }

  private static long pid(RunRecord record) {
    return record.pid().number();
  }

  private static Conf load(ProcessRole kind, Path file) throws ConfException {
    return Conf.load(kind, Optional.of(file), List.of());
  }

  private static void write(Path file, String content) throws CommandException {
    try {
      Files.writeString(file, content, UTF_8);
    } catch (IOException e) {
      throw new CommandException(file + " cannot be written: " + FileFailure.describe(e), e);
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
