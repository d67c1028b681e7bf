// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.base.CloseStack;
import io.railfs.base.Release;
import io.railfs.client.ClientSettings;
import io.railfs.client.Endpoint;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ProcessRole;
import io.railfs.http.Json;
import io.railfs.mount.MemoryPlan;
import io.railfs.mount.Mount;
import io.railfs.mount.MountException;
import io.railfs.mount.MountSettings;
import io.railfs.mount.MountTelemetry;
import io.railfs.mount.fs.Refreshed;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.Background;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunId;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.RunState;
import io.railfs.supervision.Service;
import io.railfs.supervision.ServiceProcess;
import io.railfs.supervision.control.ControlOperations;
import io.railfs.supervision.control.ControlSocket;
import io.railfs.supervision.control.RefreshCounts;
import io.railfs.supervision.logging.Logging;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.ContainerMemory;
import io.railfs.supervision.system.Exit;
import io.railfs.supervision.system.FuseAccess;
import io.railfs.supervision.system.MountProbe;
import io.railfs.supervision.system.Mountpoint;
import io.railfs.supervision.system.Pid;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One mount as a process, from the settings to the end; the only user of the mount module. */
final class MountService {
  private static final Logger log = LoggerFactory.getLogger(MountService.class);

  private static final Duration PROBE = Duration.ofSeconds(5);
  private static final Duration MORE_FOR_A_SUPERVISOR = Duration.ofSeconds(15);
  private static final String STOP_TIMEOUT = "railfs.stop-timeout";

  private final Conf conf;
  private final Path mountpoint;
  private final RunId id;
  private final MountSettings settings;
  private final ClientSettings client;

  /** Of what another process mounts or has mounted; empty where this one mounts. */
  private final Optional<HandedFuse> handed;

  private MountService(
      Conf conf,
      Path mountpoint,
      MountSettings settings,
      ClientSettings client,
      Optional<HandedFuse> handed) {
    this.handed = handed;
    this.conf = conf;
    this.mountpoint = mountpoint;
    this.id = RunId.ofMount(mountpoint);
    this.settings = settings;
    this.client = client;
  }

  /** Checks the settings, but not yet the mountpoint. */
  static MountService of(Conf conf, Path mountpoint) throws CommandException {
    return of(conf, mountpoint, Optional.empty());
  }

  /**
   * The same, of a mount that another process makes or has made.
   *
   * @param handed its /dev/fuse; empty where this process mounts
   */
  static MountService of(Conf conf, Path mountpoint, Optional<HandedFuse> handed)
      throws CommandException {
    try {
      Logging.check(conf.config());
      return new MountService(
          conf,
          Mountpoint.resolve(mountpoint),
          MountSettings.of(conf.config()),
          ClientSettings.of(conf.config()),
          handed);
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    }
  }

  /** The mountpoint as the kernel names it. */
  Path mountpoint() {
    return mountpoint;
  }

  /** Memory flags of the JVM that serves it. Fails where the container may not have so much. */
  List<String> memory() throws CommandException {
    ContainerMemory.check(settings.memoryLimit(), "railfs.mount.memory-limit");
    return MemoryPlan.of(settings).jvmFlags();
  }

  /** Whether a process of its own is to watch over it. */
  boolean isSupervised() {
    return handed.isEmpty() && conf.config().getBoolean("railfs.mount.supervise");
  }

  /**
   * Checks that the mountpoint can be used. A stale mount stays until the new one takes its place.
   *
   * @param supervisor the process that has started this one to serve the mount
   * @return whether there is a stale mount
   */
  boolean prepare(Optional<Pid> supervisor) throws CommandException, InterruptedException {
    RunDirectory runs = RunDirectory.of(conf.config());
    Optional<RunRecord> running = runs.running(id).filter(RunRecord::isOfAnother);
    if (handed.isPresent()) {
      checkHanded(running);
      return false;
    }
    boolean stale = Mountpoint.isStale(mountpoint);
    // One that was unmounted lazily may still serve files that are open.
    boolean there =
        running.isPresent()
            && (running.get().state() != RunState.READY || Mountpoint.isMounted(mountpoint));
    if (there && !stale) {
      throw new CommandException(
          Exit.MOUNTED,
          "%s is mounted by railfs already (pid %d)"
              .formatted(mountpoint, running.get().pid().number()),
          null);
    }
    Optional<Pid> guard =
        runs.supervisors()
            .running(id.ofSupervisor())
            .filter(RunRecord::isOfAnother)
            .map(RunRecord::pid);
    if (guard.isPresent() && !guard.equals(supervisor)) {
      throw new CommandException(
          "%s is mounted again by its supervisor (pid %d) as soon as that is possible; 'railfs umount' ends it"
              .formatted(mountpoint, guard.get().number()));
    }
    if (!stale) {
      Mountpoint.check(mountpoint, mayHoldFiles());
    }
    FuseAccess.check(settings.allowOther());
    return stale;
  }

  private boolean mayHoldFiles() {
    return conf.config().getBoolean("railfs.mount.nonempty");
  }

  /** Serves it by a process in the background; returns when it answers. */
  RunRecord startInBackground() throws CommandException, InterruptedException {
    return startInBackground(List.of());
  }

  /** The same, unless this process, which supervises it, has gone before it mounts. */
  RunRecord startSupervised() throws CommandException, InterruptedException {
    return startInBackground(
        List.of("--supervisor", String.valueOf(ProcessHandle.current().pid())));
  }

  private RunRecord startInBackground(List<String> more)
      throws CommandException, InterruptedException {
    Background background = Background.of(id, conf.config());
    List<String> arguments = new ArrayList<>(List.of("mount", "-f"));
    arguments.addAll(more);
    arguments.addAll(arguments(background));
    // A setting of the conf file is not for the one who is watched over.
    arguments.addAll(List.of("-D", "railfs.mount.supervise=false"));
    arguments.addAll(List.of("--", mountpoint.toString()));
    return start(background, memory(), arguments);
  }

  /** The same under a supervisor, which is in the background too. */
  RunRecord superviseInBackground() throws CommandException, InterruptedException {
    RunDirectory runs = RunDirectory.of(conf.config()).supervisors();
    Background background =
        Background.of(id, conf.config()).of(id.ofSupervisor(), runs, MORE_FOR_A_SUPERVISOR);
    List<String> arguments = new ArrayList<>(List.of("mount", "--supervise", "-f"));
    arguments.addAll(arguments(background));
    arguments.addAll(List.of("--", mountpoint.toString()));
    return start(background, MountSupervisor.MEMORY, arguments);
  }

  private List<String> arguments(Background background) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--log-file", background.log().toString()));
    arguments.addAll(ConfOptions.arguments(conf));
    return arguments;
  }

  private RunRecord start(Background background, List<String> memory, List<String> arguments)
      throws CommandException, InterruptedException {
    boolean stale = Mountpoint.isStale(mountpoint);
    try {
      return background.start(memory, Main.class.getName(), arguments, this::answers);
    } catch (CommandException e) {
      if (!stale) {
        // What the process has left behind, half made.
        Mountpoint.clearStale(mountpoint);
      }
      throw new CommandException(e.exit(), mountpoint + " cannot be mounted: " + e.getMessage(), e);
    }
  }

  private boolean answers() throws CommandException, InterruptedException {
    return Mountpoint.isMounted(mountpoint)
        && MountProbe.stat(mountpoint, PROBE) == MountProbe.Answer.ALIVE;
  }

  /** Serves it in this process until it is unmounted. */
  void serve(Optional<Path> logFile, Optional<Pid> supervisor)
      throws CommandException, InterruptedException {
    RunDirectory runs = RunDirectory.of(conf.config());
    ServiceProcess.run(conf, runs, id, record(logFile), logFile, () -> start(supervisor));
  }

  /** Watches over it in this process until it is unmounted. */
  void supervise(Optional<Path> logFile) throws CommandException, InterruptedException {
    RunDirectory runs = RunDirectory.of(conf.config()).supervisors();
    Duration answerLimit = Mount.answerLimit(settings, client);
    ServiceProcess.run(
        conf,
        runs,
        id.ofSupervisor(),
        record(logFile),
        logFile,
        () -> MountSupervisor.start(this, answerLimit, conf.config().getDuration(STOP_TIMEOUT)));
  }

  private RunRecord record(Optional<Path> logFile) throws CommandException {
    return new RunRecord(
        ProcessRole.MOUNT,
        mountpoint.toString(),
        Pid.current(),
        RunState.STARTING,
        "",
        logFile.map(Path::toString).orElse(""),
        conf.file().map(Path::toString).orElse(""),
        conf.overrides(),
        client.workers().stream().map(Endpoint::toString).toList(),
        Instant.now());
  }

  private Service start(Optional<Pid> supervisor) throws CommandException {
    try {
      RunDirectory runs = RunDirectory.of(conf.config());
      MountTelemetry telemetry = MountTelemetry.start(settings, client, Release.VERSION);
      Mount mount = mount(telemetry, supervisor);
      telemetry.publish(mount);
      return new Serving(mount, telemetry, runs.answer(id, new Control(mount, telemetry)));
    } catch (MountException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  private Mount mount(MountTelemetry telemetry, Optional<Pid> supervisor) throws MountException {
    try (CloseStack undo = new CloseStack()) {
      undo.push(telemetry);
      Mount mount =
          Mount.start(
              settings,
              client,
              mountpoint,
              () -> makeFree(supervisor),
              handed.map(fuse -> fuse.mount(mountpoint, settings)));
      undo.release();
      return mount;
    }
  }

  private void checkHanded(Optional<RunRecord> running) throws CommandException {
    if (running.isPresent()) {
      throw new CommandException(
          Exit.MOUNTED,
          "%s is served by railfs already (pid %d)"
              .formatted(mountpoint, running.get().pid().number()),
          null);
    }
    handed.orElseThrow().check(mountpoint, settings);
  }

  private void makeFree(Optional<Pid> supervisor) throws MountException {
    if (supervisor.isPresent() && !supervisor.get().isAlive()) {
      throw new MountException("the supervisor has ended, so the mount is not wanted any more");
    }
    if (handed.isPresent()) {
      return;
    }
    try {
      if (Mountpoint.clearStale(mountpoint)) {
        log.info("cleared a stale mount at {}", mountpoint);
        Mountpoint.check(mountpoint, mayHoldFiles());
      }
    } catch (CommandException e) {
      throw new MountException(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted", e);
    }
  }

  /** What a mount answers to the commands of its machine. */
  private record Control(Mount mount, MountTelemetry telemetry) implements ControlOperations {
    @Override
    public String numbers() {
      return Json.text(StatsJson.of(mount.stats(), telemetry.url()));
    }

    @Override
    public RefreshCounts refresh(RailPath path, boolean recursive) throws InterruptedException {
      Refreshed refreshed = mount.refresh(path, recursive);
      return new RefreshCounts(refreshed.names(), refreshed.listings(), refreshed.attributes());
    }
  }

  private record Serving(Mount mount, MountTelemetry telemetry, Optional<ControlSocket> control)
      implements Service {
    @Override
    public void await() throws CommandException, InterruptedException {
      try {
        mount.awaitUnmounted();
      } catch (MountException e) {
        throw new CommandException(e.getMessage(), e);
      }
    }

    @Override
    public boolean isAlive() {
      return mount.isAlive();
    }

    @Override
    public void close() {
      control.ifPresent(ControlSocket::close);
      telemetry.close();
      mount.close();
    }
  }
}
