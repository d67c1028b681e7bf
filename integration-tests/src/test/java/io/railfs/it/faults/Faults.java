// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import io.railfs.it.Shell;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes faults of each kind for a stage; what they hit is left to a seeded chance. */
final class Faults {
  private static final int MOST_DAMAGED = 12;
  private static final int SLOW_MEGABITS = 8;

  /** Programs; the mount has half as many threads. */
  private static final int CROWD = 2 * Stage.MOUNT_THREADS;

  /** Fast enough for every block within the deadline. */
  private static final long SLOW_STORE_BYTES = 2 << 20;

  /** ENOENT between the end of the old mount and the next one, when the directory below is seen. */
  private static final Set<String> OF_A_DEAD_MOUNT =
      Set.of("ENOTCONN", "ECONNABORTED", "EIO", "ENOENT");

  private static final List<String> JUMPS = List.of("+3600", "-3600", "+40000000", "-40000000");

  private final Stage stage;
  private final Random random;
  private final int percent;

  /**
   * @param percent of their time that faults last
   */
  Faults(Stage stage, Random random, int percent) {
    this.percent = percent;
    this.stage = stage;
    this.random = random;
  }

  Fault make(FaultKind kind) {
    return switch (kind) {
      case WORKER_KILLED -> workerKilled(worker());
      case WORKER_STOPPED -> workerStopped(worker());
      case ALL_STOPPED -> allStopped();
      case RAIL_CUT -> railCut(host(), rail());
      case RAIL_SILENT -> filtered(kind, host(), rail(), "drop", 3);
      case RAIL_LOSSY -> filtered(kind, host(), rail(), "numgen random mod 100 < 20 drop", 3);
      case RAIL_SLOW -> railSlow(worker(), rail());
      case WIRE_FLIPS -> wireFlips(worker());
      case BLOCKS_DAMAGED -> blocksDamaged(worker());
      case DISK_FULL -> diskFull(worker());
      case DISK_READ_ONLY -> diskReadOnly(worker());
      case UFS_SLOW -> ufsSlow();
      case UFS_HANGS -> ufs(kind, () -> stage.ufs.wire.rate(0));
      case UFS_FAILS -> ufs(kind, () -> stage.ufs.wire.cut(true));
      case UFS_REFUSES -> ufsRefuses(random.nextBoolean());
      case UFS_UNMOUNTED -> ufsUnmounted(random.nextBoolean() ? stage.workers : List.of(worker()));
      case DATASET_SWAPPED -> datasetSwapped();
      case UFS_CHANGED -> ufsChanged();
      case ETCD_STOPPED -> etcdStopped();
      case CLOCK_JUMPED -> clockJumped(worker());
      case CROWD -> crowd();
      case MOUNT_KILLED -> mountKilled();
    };
  }

  private WorkerHost worker() {
    return stage.workers.get(random.nextInt(stage.workers.size()));
  }

  /** A worker's, or the mount's. */
  private int host() {
    return random.nextInt(4) == 0 ? Hosts.MOUNT : worker().number();
  }

  private String rail() {
    return Hosts.RAILS.get(random.nextInt(Hosts.RAILS.size()));
  }

  private Duration seconds(double most) {
    return Duration.ofMillis((long) (10 * percent * most * (0.3 + 0.7 * random.nextDouble())));
  }

  private Fault workerKilled(WorkerHost worker) {
    return Fault.harmless(
        FaultKind.WORKER_KILLED, worker.id(), seconds(3), worker::kill, worker::start);
  }

  private Fault workerStopped(WorkerHost worker) {
    return Fault.harmless(
        FaultKind.WORKER_STOPPED,
        worker.id(),
        seconds(5),
        () -> worker.signal("STOP"),
        () -> worker.signal("CONT"));
  }

  /** Nobody answers: each operation ends in an error at its deadline, and holds nothing then. */
  private Fault allStopped() {
    return new Fault(
        FaultKind.ALL_STOPPED,
        "all workers",
        everything(),
        Stage.DEADLINE.plusSeconds(2),
        () -> stage.workers.forEach(worker -> worker.signal("STOP")),
        () -> stage.workers.forEach(worker -> worker.signal("CONT")),
        () -> true,
        event -> event.detail().equals("EIO"));
  }

  private Fault railCut(int host, String rail) {
    return rail(
        FaultKind.RAIL_CUT,
        host,
        rail,
        3,
        () -> stage.hosts.link(host, rail, false),
        () -> stage.hosts.link(host, rail, true));
  }

  private Fault filtered(FaultKind kind, int host, String rail, String what, double most) {
    return rail(
        kind,
        host,
        rail,
        most,
        () -> stage.hosts.filter(host, rail, what),
        () -> stage.hosts.unfilter(host));
  }

  private Fault railSlow(WorkerHost worker, String rail) {
    int host = worker.number();
    return rail(
        FaultKind.RAIL_SLOW,
        host,
        rail,
        4,
        () -> stage.hosts.shape(host, rail, SLOW_MEGABITS),
        () -> stage.hosts.unshape(host, rail));
  }

  private Fault rail(
      FaultKind kind, int host, String rail, double most, Fault.Action inject, Fault.Action heal) {
    String name = host == Hosts.MOUNT ? "mount" : "worker-" + host;
    // Rails are lost one host at a time: the other one is what the readers are left with.
    return new Fault(
        kind,
        name + " " + rail,
        Set.of("rails", name),
        seconds(most),
        inject,
        heal,
        () -> true,
        event -> false);
  }

  /** Changes a byte in one of a few packets with content; veth carries wrong checksums of TCP. */
  private Fault wireFlips(WorkerHost worker) {
    int host = worker.number();
    String rule =
        "tcp sport 29997 meta length > 2000 numgen random mod 10 < 1 @th,%d,8 set 0xa5"
            .formatted(8 * (200 + random.nextInt(1_000)));
    return new Fault(
        FaultKind.WIRE_FLIPS,
        worker.id(),
        Set.of("rails", worker.id()),
        seconds(3),
        () ->
            stage.hosts.run(
                host,
                """
                set -e
                nft add table inet fault
                nft "add chain inet fault out { type filter hook output priority 0; }"
                nft "add rule inet fault out $1"
                """,
                rule),
        () -> stage.hosts.unfilter(host),
        () -> true,
        event -> false);
  }

  private Fault blocksDamaged(WorkerHost worker) {
    long seed = random.nextLong();
    return Fault.harmless(
        FaultKind.BLOCKS_DAMAGED,
        worker.id(),
        seconds(2),
        () -> damage(worker, new Random(seed)),
        () -> {});
  }

  private static void damage(WorkerHost worker, Random random) throws IOException {
    int done = 0;
    for (Path store : worker.stores()) {
      for (Path block : blocks(store)) {
        if (done < MOST_DAMAGED && random.nextInt(3) == 0) {
          done++;
          Damage.any(random).to(block, random);
        }
      }
    }
  }

  /** In a store that changes meanwhile. */
  private static List<Path> blocks(Path store) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        store,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.size() > 16_384) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    found.sort(null);
    return found;
  }

  private Fault diskFull(WorkerHost worker) {
    Path store = worker.stores().get(random.nextInt(2));
    Path ballast = store.resolve("ballast");
    return Fault.harmless(
            FaultKind.DISK_FULL,
            worker.id(),
            seconds(4),
            () ->
                // The worker may take some of the room in between.
                Shell.bash(
                        "for i in 1 2 3 4 5 6 7 8 9; do"
                            + " fallocate -l $(($(stat -f -c '%a*%S' \"$1\"))) \"$2\" && exit; done; exit 1",
                        store, ballast)
                    .ok(),
            () -> Files.delete(ballast))
        .recovered(() -> isStoreWhole(worker));
  }

  private Fault diskReadOnly(WorkerHost worker) {
    Path store = worker.stores().get(random.nextInt(2));
    // A mount of its own over the directory, where the worker is: the file system itself cannot be
    // made read-only while the worker has its lock open, nor a mount in which it writes.
    return Fault.harmless(
            FaultKind.DISK_READ_ONLY,
            worker.id(),
            seconds(4),
            () ->
                worker.inMounts(
                    "aside=$(mktemp -d) && mount --bind \"$1\" \"$aside\""
                        + " && mount -o remount,bind,ro \"$aside\" && mount --bind \"$aside\" \"$1\""
                        + " && umount \"$aside\" && rmdir \"$aside\" && ! touch \"$1/try\" 2>/dev/null",
                    store),
            () -> worker.inMounts("umount -l \"$1\"", store))
        .recovered(() -> isStoreWhole(worker));
  }

  private boolean isStoreWhole(WorkerHost worker) throws IOException {
    return stage.metrics(worker).sum("railfs_worker_directory_healthy") == worker.stores().size();
  }

  private Fault ufsSlow() {
    return Fault.harmless(
        FaultKind.UFS_SLOW,
        "store",
        seconds(4),
        () -> stage.ufs.wire.rate(SLOW_STORE_BYTES),
        () -> stage.ufs.wire.rate(Long.MAX_VALUE));
  }

  private Fault ufs(FaultKind kind, Fault.Action inject) {
    return Fault.harmless(
            kind,
            "store",
            seconds(7),
            inject,
            () -> {
              stage.ufs.wire.cut(false);
              stage.ufs.wire.rate(Long.MAX_VALUE);
            })
        .allowing(event -> event.detail().equals("EIO") && event.path().startsWith("objects/"));
  }

  private Fault ufsRefuses(boolean busy) {
    String error = busy ? "503 Slow Down" : "403 Forbidden";
    String code = busy ? "SlowDown" : "AccessDenied";
    String body = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>";
    String answer =
        "HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(error, body.length(), body);
    Set<String> errors = busy ? Set.of("EIO") : Set.of("EIO", "EACCES", "AccessDeniedException");
    return Fault.harmless(
            FaultKind.UFS_REFUSES,
            "store",
            seconds(5),
            () -> stage.ufs.wire.answer(answer),
            () -> stage.ufs.wire.answer(null))
        .allowing(event -> errors.contains(event.detail()) && event.path().startsWith("objects/"));
  }

  /**
   * An empty directory is in its place; readers must never take it for the dataset, and where it is
   * so for one worker alone, the others have what they need.
   */
  private Fault ufsUnmounted(List<WorkerHost> workers) {
    boolean all = workers.size() == Stage.WORKERS;
    return new Fault(
        FaultKind.UFS_UNMOUNTED,
        all ? "all workers" : workers.get(0).id(),
        everything(),
        seconds(6),
        () -> workers.forEach(stage.ufs::unmount),
        () -> workers.forEach(stage.ufs::mount),
        () -> true,
        event -> all && event.detail().equals("EIO") && event.path().startsWith("files/"));
  }

  /**
   * What an operator does who points the workers at another dataset and keeps their stores. Nobody
   * reads while no worker runs.
   */
  private Fault datasetSwapped() {
    List<Sample> files = Sample.ALL.stream().filter(one -> !one.area().isOfObjects()).toList();
    return new Fault(
        FaultKind.DATASET_SWAPPED,
        "the directory",
        everything(),
        Duration.ZERO,
        () -> {
          stage.pauseReaders();
          stage.workers.forEach(WorkerHost::kill);
          swap(files);
        },
        () -> {
          for (WorkerHost worker : stage.workers) {
            worker.start();
          }
          stage.awaitWhole();
          stage.verifier.resume();
        },
        () -> files.stream().allMatch(this::isNewestSeen),
        event -> event.detail().equals("ESTALE") && event.path().startsWith("files/"));
  }

  private void swap(List<Sample> files) throws IOException {
    Map<Sample, Integer> next = new HashMap<>();
    for (Sample sample : files) {
      next.put(sample, stage.ufs.generation(sample) + 1);
      stage.verifier.announce(sample, next.get(sample));
    }
    stage.ufs.swap(next);
  }

  /** Nothing else happens beside it. */
  private Set<String> everything() {
    return Stream.concat(
            Stream.of("rails", "store", "etcd", "mount", "the directory"),
            stage.workers.stream().map(WorkerHost::id))
        .collect(Collectors.toSet());
  }

  private Fault crowd() {
    Process[] crowd = new Process[1];
    return new Fault(
        FaultKind.CROWD,
        "mount",
        everything(),
        seconds(6),
        () -> crowd[0] = stage.mount.crowd(CROWD),
        () -> stage.mount.disperse(crowd[0]),
        () -> true,
        event -> false);
  }

  private Fault ufsChanged() {
    List<Sample> samples =
        Stream.of(Area.values())
            .map(area -> Sample.of(area).get(random.nextInt(Sample.of(area).size())))
            .toList();
    Set<String> paths = samples.stream().map(Sample::path).collect(Collectors.toSet());
    return Fault.harmless(
            FaultKind.UFS_CHANGED, "store", seconds(2), () -> replace(samples), () -> {})
        .recovered(() -> samples.stream().allMatch(this::isNewestSeen))
        .allowing(event -> event.detail().equals("ESTALE") && paths.contains(event.path()));
  }

  private void replace(List<Sample> samples) throws IOException {
    for (Sample sample : samples) {
      int next = stage.ufs.generation(sample) + 1;
      stage.verifier.announce(sample, next);
      stage.ufs.write(sample, next);
    }
  }

  private boolean isNewestSeen(Sample sample) {
    // One byte does not tell which generation it is of.
    return sample.size() < 8 || stage.verifier.seen(sample) == stage.ufs.generation(sample);
  }

  private Fault etcdStopped() {
    return Fault.harmless(
            FaultKind.ETCD_STOPPED,
            "etcd",
            seconds(5),
            () -> stage.etcd.stop(),
            () -> stage.etcd.start())
        .recovered(() -> stage.mountMetrics().sum("railfs_mount_membership_age_seconds") < 2);
  }

  private Fault clockJumped(WorkerHost worker) {
    String jump = JUMPS.get(random.nextInt(JUMPS.size()));
    return Fault.harmless(
        FaultKind.CLOCK_JUMPED,
        worker.id(),
        seconds(4),
        () -> worker.setClock(jump),
        () -> worker.setClock("+0"));
  }

  private Fault mountKilled() {
    long[] old = new long[1];
    return Fault.harmless(
            FaultKind.MOUNT_KILLED,
            "mount",
            Duration.ZERO,
            () -> {
              old[0] = stage.mount.pid().orElseThrow();
              Shell.bash("kill -9 $1", old[0]).ok();
            },
            () -> {})
        .recovered(() -> stage.mount.pid().filter(pid -> pid != old[0]).isPresent())
        .allowing(event -> OF_A_DEAD_MOUNT.contains(event.detail()));
  }
}
