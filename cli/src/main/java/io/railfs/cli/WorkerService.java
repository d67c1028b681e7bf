// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.client.Endpoint;
import io.railfs.client.probe.StatusProbe;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ProcessRole;
import io.railfs.fabric.BindDevices;
import io.railfs.fabric.DeviceAddress;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.supervision.Background;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.RunState;
import io.railfs.supervision.Service;
import io.railfs.supervision.ServiceProcess;
import io.railfs.supervision.logging.Logging;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.ContainerMemory;
import io.railfs.supervision.system.Pid;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import io.railfs.worker.WorkerStartException;
import io.railfs.worker.store.disk.StoreSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** One worker as a process. */
final class WorkerService {
  private static final Duration PROBE = Duration.ofSeconds(2);
  private static final long MIN_MEMORY = 64 << 20;

  /** Code of the JVM, stacks and libraries. */
  private static final long OUTSIDE = 160 << 20;

  private final Conf conf;
  private final RunId id;
  private final WorkerSettings settings;

  private WorkerService(Conf conf, WorkerSettings settings) {
    this.conf = conf;
    this.id = RunId.ofWorker(port(conf.config()));
    this.settings = settings;
  }

  /** Checks the settings. */
  static WorkerService of(Conf conf) throws CommandException {
    try {
      Logging.check(conf.config());
      memoryOf(conf.config());
      Config config = conf.config();
      Path socket = RunDirectory.of(config).blockSocket(RunId.ofWorker(port(config)));
      return new WorkerService(conf, WorkerSettings.of(config).withLocalSocket(config, socket));
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    }
  }

  private static int port(Config config) {
    return config.getInt("railfs.worker.rpc.bind.port");
  }

  /**
   * Where the worker of a conf is reached: by its host, else its first device, else on this
   * machine.
   */
  static Endpoint endpoint(Config config) {
    String host = config.getString("railfs.worker.rpc.bind.host");
    String address = host.isEmpty() ? deviceAddress(config).orElse("127.0.0.1") : host;
    return new Endpoint(address, Math.max(1, port(config)));
  }

  private static Optional<String> deviceAddress(Config config) {
    String path = "railfs.worker.rpc.bind.device";
    return BindDevices.of(config, path, path).stream()
        .flatMap(device -> Devices.addresses(device).stream())
        .map(DeviceAddress::text)
        .findFirst();
  }

  /** The process that runs for a conf. */
  static Optional<RunRecord> running(Conf conf) throws CommandException {
    return RunDirectory.of(conf.config()).running(RunId.ofWorker(port(conf.config())));
  }

  /** Memory flags of the JVM that serves it. Fails where the container may not have so much. */
  List<String> memory() throws CommandException {
    ContainerMemory.check(
        atLeast(conf.config(), "railfs.worker.heap")
            + atLeast(conf.config(), "railfs.worker.direct-memory")
            + OUTSIDE,
        "a worker with railfs.worker.heap and railfs.worker.direct-memory");
    return memoryOf(conf.config());
  }

  private static List<String> memoryOf(Config config) {
    return List.of(
        "-Xms64m",
        "-Xmx" + atLeast(config, "railfs.worker.heap"),
        "-XX:MaxDirectMemorySize=" + atLeast(config, "railfs.worker.direct-memory"),
        "-XX:+UseParallelGC",
        "-XX:+ExitOnOutOfMemoryError");
  }

  private static long atLeast(Config config, String key) {
    long bytes = config.getBytes(key);
    if (bytes < MIN_MEMORY) {
      throw new ConfigException.BadValue(config.getValue(key).origin(), key, "is less than 64MiB");
    }
    return bytes;
  }

  /** Starts a process in the background; returns when it serves. */
  RunRecord startInBackground() throws CommandException, InterruptedException {
    Background background = Background.of(id, conf.config());
    List<String> arguments = new ArrayList<>(List.of("worker", "start", "-f"));
    arguments.addAll(List.of("--log-file", background.log().toString()));
    arguments.addAll(ConfOptions.arguments(conf));
    try {
      RunRecord record = background.start(memory(), Main.class.getName(), arguments, this::answers);
      record.message().lines().forEach(sentence -> System.err.println("railfs: " + sentence));
      StoreSpace.shortages(settings.store())
          .forEach(sentence -> System.err.println("railfs: " + sentence));
      return record;
    } catch (CommandException e) {
      throw new CommandException(e.exit(), "the worker cannot start: " + e.getMessage(), e);
    }
  }

  /**
   * A worker that is bound to a device does not hear its own machine, whose packets to itself pass
   * through the loopback device; then its own word counts.
   */
  private boolean answers() {
    boolean bound = !settings.rpc().devices().isEmpty();
    if (bound || port(conf.config()) == 0) {
      return true;
    }
    try (Trust trust = Trust.open(settings.access().trust(), Side.OWN_WORKER)) {
      StatusProbe.status(endpoint(conf.config()), trust, PROBE);
      return true;
    } catch (IOException | FabricException e) {
      // Asked again until the start's own deadline.
      return false;
    }
  }

  /** Serves in this process until a signal comes. */
  void serve(Optional<Path> logFile) throws CommandException, InterruptedException {
    Optional<RunRecord> running = running(conf);
    if (running.filter(RunRecord::isOfAnother).isPresent()) {
      throw new CommandException(
          "the worker is already running (pid " + running.get().pid().number() + ")");
    }
    RunRecord record =
        new RunRecord(
            ProcessRole.WORKER,
            endpoint(conf.config()).toString(),
            Pid.current(),
            RunState.STARTING,
            "",
            logFile.map(Path::toString).orElse(""),
            conf.file().map(Path::toString).orElse(""),
            conf.overrides(),
            List.of(endpoint(conf.config()).toString()),
            Instant.now());
    ServiceProcess.run(conf, RunDirectory.of(conf.config()), id, record, logFile, this::start);
  }

  private Service start() throws CommandException {
    try {
      return new Serving(Worker.start(settings, new ProcessLogLevel()), new CountDownLatch(1));
    } catch (WorkerStartException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  private record Serving(Worker worker, CountDownLatch closed) implements Service {
    @Override
    public List<String> warnings() {
      return worker.warnings();
    }

    @Override
    public void await() throws InterruptedException {
      // For the life of the process: a worker ends by a signal only.
      closed.await();
    }

    @Override
    public boolean isAlive() {
      // Its threads wait for no one without a deadline; what is reported is that the JVM runs.
      return true;
    }

    @Override
    public void close() {
      worker.close();
      closed.countDown();
    }
  }
}
