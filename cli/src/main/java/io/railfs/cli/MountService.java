package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.cli.conf.Conf;
import io.railfs.cli.conf.Kind;
import io.railfs.cli.run.Background;
import io.railfs.cli.run.Logging;
import io.railfs.cli.run.RunDirectory;
import io.railfs.cli.run.RunId;
import io.railfs.cli.run.RunRecord;
import io.railfs.cli.run.RunState;
import io.railfs.cli.run.Service;
import io.railfs.cli.run.ServiceProcess;
import io.railfs.cli.run.StatsSocket;
import io.railfs.cli.system.CommandException;
import io.railfs.cli.system.MountEntry;
import io.railfs.cli.system.MountInfo;
import io.railfs.cli.system.MountProbe;
import io.railfs.cli.system.Mountpoint;
import io.railfs.cli.system.Pid;
import io.railfs.client.ClientSettings;
import io.railfs.mount.MemoryPlan;
import io.railfs.mount.Mount;
import io.railfs.mount.MountException;
import io.railfs.mount.MountSettings;
import io.railfs.mount.MountTelemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One mount as a process, from the settings to the end; the only user of the mount module. */
final class MountService {
  private static final Duration PROBE = Duration.ofSeconds(5);

  private final Conf conf;
  private final Path mountpoint;
  private final RunId id;
  private final MountSettings settings;
  private final ClientSettings client;

  private MountService(Conf conf, Path mountpoint, MountSettings settings, ClientSettings client) {
    this.conf = conf;
    this.mountpoint = mountpoint;
    this.id = RunId.ofMount(mountpoint);
    this.settings = settings;
    this.client = client;
  }

  /** Checks the settings, but not yet the mountpoint. */
  static MountService of(Conf conf, Path mountpoint) throws CommandException {
    try {
      Logging.check(conf.config());
      return new MountService(
          conf,
          Mountpoint.resolve(mountpoint),
          MountSettings.of(conf.config()),
          ClientSettings.of(conf.config()));
    } catch (ConfigException e) {
      throw new CommandException(Conf.sentence(e), e);
    }
  }

  /** The mountpoint as the kernel names it. */
  Path mountpoint() {
    return mountpoint;
  }

  /** Memory flags of the JVM that serves it. */
  List<String> memory() {
    return MemoryPlan.of(settings).jvmFlags();
  }

  /**
   * Clears a stale mount and checks that the mountpoint can be used.
   *
   * @return whether a stale mount was cleared
   */
  boolean prepare() throws CommandException, InterruptedException {
    Optional<RunRecord> running = RunDirectory.of(conf.config()).running(id);
    boolean other = running.filter(RunRecord::isOfAnother).isPresent();
    boolean cleared = Mountpoint.clearStale(mountpoint);
    if (other && !cleared) {
      throw new CommandException(
          "%s is mounted by railfs already (pid %d)"
              .formatted(mountpoint, running.get().pid().number()));
    }
    Mountpoint.check(mountpoint, conf.config().getBoolean("railfs.mount.nonempty"));
    return cleared;
  }

  /** Serves it by a process in the background; returns when it answers. */
  RunRecord startInBackground() throws CommandException, InterruptedException {
    Background background = Background.of(id, conf.config());
    List<String> arguments = new ArrayList<>(List.of("mount", "-f"));
    arguments.addAll(List.of("--log-file", background.log().toString()));
    arguments.addAll(ConfOptions.arguments(conf));
    arguments.addAll(List.of("--", mountpoint.toString()));
    try {
      return background.start(memory(), Main.class.getName(), arguments, this::answers);
    } catch (CommandException e) {
      Mountpoint.clearStale(mountpoint);
      throw new CommandException(mountpoint + " cannot be mounted: " + e.getMessage(), e);
    }
  }

  private boolean answers() throws CommandException, InterruptedException {
    return MountInfo.read().at(mountpoint).filter(MountEntry::isRailfs).isPresent()
        && MountProbe.stat(mountpoint, PROBE) == MountProbe.Answer.ALIVE;
  }

  /** Serves it in this process until it is unmounted. */
  void serve(Optional<Path> logFile) throws CommandException, InterruptedException {
    RunRecord record =
        new RunRecord(
            Kind.MOUNT,
            mountpoint.toString(),
            Pid.current(),
            RunState.STARTING,
            "",
            logFile.map(Path::toString).orElse(""),
            conf.file().map(Path::toString).orElse(""),
            conf.config().getStringList("railfs.workers"),
            Instant.now());
    ServiceProcess.run(conf, id, record, logFile, this::start);
  }

  private Service start() throws CommandException {
    try {
      RunDirectory runs = RunDirectory.of(conf.config());
      MountTelemetry telemetry = MountTelemetry.start(settings, client, Release.version());
      Mount mount = mount(telemetry);
      telemetry.tell(mount);
      Optional<StatsSocket> stats =
          runs.tellStats(id, () -> Json.text(StatsJson.of(mount.stats(), telemetry.url())));
      return new Serving(mount, telemetry, stats);
    } catch (MountException | IOException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  private Mount mount(MountTelemetry telemetry) throws MountException {
    boolean done = false;
    try {
      Mount mount = Mount.start(settings, client, mountpoint);
      done = true;
      return mount;
    } finally {
      if (!done) {
        telemetry.close();
      }
    }
  }

  private record Serving(Mount mount, MountTelemetry telemetry, Optional<StatsSocket> stats)
      implements Service {
    @Override
    public void await() throws InterruptedException {
      mount.awaitUnmounted();
    }

    @Override
    public boolean isAlive() {
      return true;
    }

    @Override
    public void close() {
      stats.ifPresent(StatsSocket::close);
      telemetry.close();
      mount.close();
    }
  }
}
