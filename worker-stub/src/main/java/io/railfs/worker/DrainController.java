// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import io.railfs.worker.service.ServiceState;
import io.railfs.worker.store.BlockSource;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands a worker's clients over to the others before it stops. */
final class DrainController {
  private static final Logger log = LoggerFactory.getLogger(DrainController.class);

  private static final long POLL_MILLIS = 50;

  /** A worker that sent nothing for so long is not asked any more. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final BlockSource source;
  private final ServiceState services;
  private final Duration timeout;

  /**
   * @param timeout {@code railfs.worker.drain-timeout}
   */
  DrainController(BlockSource source, ServiceState services, Duration timeout) {
    this.source = requireNonNull(source, "source is null");
    this.services = requireNonNull(services, "services is null");
    this.timeout = requireNonNull(timeout, "timeout is null");
  }

  /**
   * Says that the worker drains, and waits until clients have taken note and what they asked for is
   * sent, no longer than the timeout.
   */
  void drain() {
    source.drain(true);
    long start = System.nanoTime();
    long sent = services.sentBytes();
    long sentNanos = start;
    try {
      while (services.connections() > 0 && System.nanoTime() - sentNanos < QUIET_NANOS) {
        if (System.nanoTime() - start > timeout.toNanos()) {
          log.info("clients still read after {}; leaving", timeout);
          return;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        long now = services.sentBytes();
        if (now != sent) {
          sent = now;
          sentNanos = System.nanoTime();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.debug("the worker is drained");
  }
}
