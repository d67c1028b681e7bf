// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import static org.awaitility.Awaitility.await;

import io.railfs.it.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Compares what the processes of a stage hold while nobody reads with what they held at the start.
 *
 * <p>Who was started again since then has to hold no more than its predecessor did. Some slack is
 * left for what comes and goes by itself; a leak grows with the faults.
 */
final class LeakCheck {
  /** Keepalive finds a lost peer within a minute; the object store's client lets go after 90 s. */
  private static final Duration TIMEOUT = Duration.ofSeconds(100);

  /** A worker on this host lends a block for 10 s, and threads that read disks end 10 s later. */
  private static final Duration REST = Duration.ofSeconds(25);

  private static final Duration PAUSE = Duration.ofSeconds(2);

  private static final int MORE_SOCKETS = 4;

  /** Connections to the object store that wait for its next request, up to its limit. */
  private static final int MORE_SOCKETS_OF_WORKERS = 20;

  private static final int MORE_THREADS = 8;
  private static final int MORE_FILES = 40;

  /** The page slab and the buffers of loads grow up to their limits as they are needed. */
  private static final long MORE_BYTES = 24L << 20;

  private static final long MORE_IN_BUFFERS = 1L << 20;

  private final Stage stage;
  private final Map<String, Long> first;

  /** Takes the first count. */
  LeakCheck(Stage stage) throws IOException {
    this.stage = stage;
    this.first = atRest(this::count);
  }

  /**
   * What is held that was not at the start, in words. What ends by itself within a while, such as a
   * connection whose other end was lost with its rail, is no leak.
   */
  List<String> leaks() throws IOException {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    List<String> leaks = moreAtRest();
    while (!leaks.isEmpty() && System.nanoTime() - end < 0) {
      // A connection that is lost may have to be used before that is noticed.
      LockSupport.parkNanos(PAUSE.toNanos());
      leaks = moreAtRest();
    }
    return leaks;
  }

  /** Gives what readers leave behind the time that it is kept for. */
  private List<String> moreAtRest() throws IOException {
    return atRest(
        () -> {
          long end = System.nanoTime() + REST.toNanos();
          List<String> leaks = more();
          while (!leaks.isEmpty() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(PAUSE.toNanos());
            leaks = more();
          }
          return leaks;
        });
  }

  private List<String> more() throws IOException {
    Map<String, Long> now = count();
    List<String> leaks = new ArrayList<>();
    now.forEach(
        (name, value) -> {
          long most = first.getOrDefault(name, 0L) + slack(name);
          if (value > most) {
            leaks.add(name + " is " + value + ", was " + first.get(name));
          }
        });
    return leaks;
  }

  private static long slack(String name) {
    return switch (name.substring(name.indexOf(' ') + 1)) {
      case "sockets" -> name.startsWith("worker") ? MORE_SOCKETS_OF_WORKERS : MORE_SOCKETS;
      case "threads" -> MORE_THREADS;
      case "files" -> MORE_FILES;
      case "direct bytes" -> MORE_BYTES;
      case "buffer bytes" -> MORE_IN_BUFFERS;
      default -> 0;
    };
  }

  /** Something that is looked at while nobody reads. */
  private interface Look<T> {
    T look() throws IOException;
  }

  private <T> T atRest(Look<T> look) throws IOException {
    stage.verifier.pause();
    try {
      await().atMost(Stage.TIMEOUT).until(stage.verifier::isPaused);
      await().atMost(Stage.TIMEOUT).pollInterval(Duration.ofMillis(100)).until(this::isAtRest);
      return look.look();
    } finally {
      stage.verifier.resume();
    }
  }

  private Map<String, Long> count() throws IOException {
    Map<String, Long> held = new TreeMap<>();
    Metrics mount = stage.mountMetrics();
    add(held, "mount", stage.mount.pid().orElseThrow(), mount);
    held.put("mount cache bytes held by nobody", (long) mount.sum("railfs_mount_cache_held_bytes"));
    for (WorkerHost worker : stage.workers) {
      add(held, worker.id(), worker.pid(), stage.metrics(worker));
    }
    return held;
  }

  /** Whether the mount has nothing under way, open, or ahead of readers. */
  private boolean isAtRest() throws IOException {
    Metrics mount = stage.mountMetrics();
    return mount.sum("railfs_mount_in_flight_bytes") == 0
        && mount.sum("railfs_mount_fetches_waiting") == 0
        && mount.sum("railfs_mount_open_handles") == 0;
  }

  private static void add(Map<String, Long> held, String who, long pid, Metrics metrics)
      throws IOException {
    Resources resources = Resources.of(pid);
    held.put(who + " sockets", (long) resources.sockets());
    held.put(who + " threads", (long) resources.threads());
    held.put(who + " files", (long) resources.others());
    held.put(who + " deleted files", (long) resources.deleted());
    held.put(who + " direct bytes", (long) metrics.sum("railfs_process_direct_bytes", "\"jvm\""));
    // What the network has is a pool, whose parts grow as threads take turns; buffers in use count.
    held.put(who + " buffer bytes", (long) metrics.sum("railfs_process_network_buffers_bytes"));
  }

  @Override
  public String toString() {
    return first.toString();
  }
}
