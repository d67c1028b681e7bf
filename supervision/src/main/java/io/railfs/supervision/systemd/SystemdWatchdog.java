// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.systemd;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends systemd the keep-alives of its watchdog while the service makes progress, and none once it
 * does not.
 */
public final class SystemdWatchdog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SystemdWatchdog.class);

  /** Signs of life within the time that the manager allows; one may come late. */
  private static final int SIGNS = 3;

  private final Thread thread;

  private SystemdWatchdog(Thread thread) {
    this.thread = thread;
  }

  /**
   * Begins, where systemd wants it.
   *
   * @param isAlive whether the service makes progress
   */
  public static SystemdWatchdog start(BooleanSupplier isAlive, SystemdNotifier notifier) {
    Thread thread =
        new Thread(
            () -> notifier.watchdog().ifPresent(time -> send(isAlive, notifier, time)),
            "keep-alive");
    thread.setDaemon(true);
    thread.start();
    return new SystemdWatchdog(thread);
  }

  private static void send(BooleanSupplier isAlive, SystemdNotifier notifier, Duration time) {
    try {
      boolean alive = true;
      while (true) {
        if (isAlive.getAsBoolean()) {
          alive = true;
          notifier.alive();
        } else if (alive) {
          alive = false;
          log.error("the service makes no progress; systemd gets no more keep-alives");
        }
        TimeUnit.NANOSECONDS.sleep(time.dividedBy(SIGNS).toNanos());
      }
    } catch (InterruptedException e) {
      log.debug("no more signs of life", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
