// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The connections of one rail to one worker's data service, and what they carry from its memory to
 * this process's: no file, no disk, no checksum, the same frames as reads. For one thread.
 */
public final class RailProbe implements AutoCloseable {
  /** Share of the time that passes before it is measured, for TCP to find its window. */
  private static final int RAMP = 5;

  private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final List<ProbeConnection> connections = new ArrayList<>();
  private final LongAdder received = new LongAdder();

  private RailProbe() {}

  /**
   * Connects.
   *
   * @param target its data service
   * @param connections at least 1
   * @param timeout of each connect and answer
   */
  public static RailProbe open(
      Transport transport, Trust trust, ProbeTarget target, int connections, Duration timeout)
      throws ProbeException, InterruptedException {
    RailProbe probe = new RailProbe();
    try {
      for (int i = 0; i < connections; i++) {
        probe.connections.add(
            ProbeConnection.open(transport, trust, target, timeout, probe.received));
      }
      return probe;
    } catch (ProbeException | InterruptedException | RuntimeException e) {
      probe.close();
      throw e;
    }
  }

  /** The first connection, for questions while nothing is pumped. */
  public ProbeConnection first() {
    return connections.get(0);
  }

  /**
   * Keeps several probes of 1 MiB under way on each connection for the time, after a fifth of it to
   * warm up, and waits for the last one.
   *
   * @param progress takes the bytes so far, a few times a second
   */
  public Throughput transfer(Duration time, LongConsumer progress)
      throws ProbeException, InterruptedException {
    connections.forEach(ProbeConnection::pump);
    pass(time.toNanos() / RAMP, progress);
    long started = System.nanoTime();
    long before = received.sum();
    pass(time.toNanos(), progress);
    long bytes = received.sum() - before;
    long nanos = System.nanoTime() - started;
    for (ProbeConnection connection : connections) {
      connection.drain();
    }
    return new Throughput(bytes, nanos, received.sum());
  }

  /** Lets time pass, unless a connection fails. */
  private void pass(long nanos, LongConsumer progress) throws ProbeException, InterruptedException {
    CompletableFuture<?> failed =
        CompletableFuture.anyOf(
            connections.stream()
                .map(ProbeConnection::failure)
                .toArray(CompletableFuture<?>[]::new));
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      try {
        failed.get(Math.min(left, PROGRESS_NANOS), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // Nothing failed.
        progress.accept(received.sum());
      } catch (ExecutionException e) {
        throw new ProbeException(String.valueOf(e.getCause().getMessage()), e.getCause());
      }
    }
  }

  /**
   * What the kernel knows of the way, after {@link #transfer} with the size of the packets that
   * came: the largest of all connections.
   */
  public Optional<PathFacts> path() {
    return connections.stream()
        .flatMap(connection -> connection.path().stream())
        .max(Comparator.comparingInt(PathFacts::receivedSegment));
  }

  @Override
  public void close() {
    connections.forEach(ProbeConnection::close);
  }
}
