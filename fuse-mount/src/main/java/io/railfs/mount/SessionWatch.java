// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.mount.fuse.FuseMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the end of a mount and meanwhile looks for requests that are never answered. Every
 * request has a deadline, so one that outlives it by far means a bug, and the program that sent it
 * would wait without end, where not even SIGKILL reaches.
 */
final class SessionWatch {
  private static final Logger log = LoggerFactory.getLogger(SessionWatch.class);
  private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");
  private static final Duration INTERVAL = Duration.ofMillis(500);

  private final FuseMount mount;
  private final Path mountpoint;
  private final Optional<String> device;
  private final Duration limit;
  private volatile boolean stuck;

  /**
   * @param device "major:minor" of the mount, where it is known
   * @param limit how long a request may be in work
   */
  SessionWatch(FuseMount mount, Path mountpoint, Optional<String> device, Duration limit) {
    this.mount = mount;
    this.mountpoint = mountpoint;
    this.device = device;
    this.limit = limit;
  }

  Path mountpoint() {
    return mountpoint;
  }

  /** Whether every request is answered in time, as far as is known. */
  boolean isAlive() {
    return !stuck;
  }

  /**
   * Returns when the mount is gone.
   *
   * @throws MountException where the mount has failed; its threads may never end then
   */
  void awaitEnd() throws MountException, InterruptedException {
    long last = System.nanoTime();
    while (!mount.awaitEnd(INTERVAL) && !mount.isBroken()) {
      long now = System.nanoTime();
      // While this process was stopped or the machine slept, no request was in work.
      long elapsed = Math.min(now - last, 2 * INTERVAL.toNanos());
      last = now;
      Optional<Throwable> stuckAt = mount.findStuck(elapsed, limit);
      if (stuckAt.isPresent()) {
        fail(stuckAt.get());
      }
    }
    if (mount.isBroken()) {
      stuck = true;
      throw new MountException("the session of " + mountpoint + " broke; see the lines above");
    }
  }

  private void fail(Throwable place) throws MountException {
    stuck = true;
    log.error(
        "a request to {} was not answered within {} ms; programs that wait in the mount get an"
            + " error",
        mountpoint,
        limit.toMillis(),
        place);
    device.ifPresent(SessionWatch::abort);
    throw new MountException("the mount at " + mountpoint + " makes no progress");
  }

  /** Frees all programs that wait, even should the end of this process be held up. */
  private static void abort(String device) {
    Path file = CONNECTIONS.resolve(device.substring(device.indexOf(':') + 1)).resolve("abort");
    try {
      Files.writeString(file, "1");
    } catch (IOException e) {
      log.warn("{} cannot be written ({}); the end of the process has the same effect", file, e);
    }
  }
}
