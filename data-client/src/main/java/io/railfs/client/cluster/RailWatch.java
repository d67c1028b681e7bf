// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.client.ClientSettings;
import io.railfs.client.net.DeviceState;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks each second at the devices that the settings name, so that connections over one that went
 * down end at once and their fetches go on elsewhere; and says so once a minute while data
 * connections are outside of them. Runs on one event loop.
 */
public final class RailWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RailWatch.class);

  private static final long PERIOD_MILLIS = 1_000;
  private static final long WARNING_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Set<String> devices = new LinkedHashSet<>();
  private final Supplier<List<RemoteWorker>> workers;
  private final Map<String, String> problems = new LinkedHashMap<>();
  private final ScheduledFuture<?> schedule;
  private long warnedNanos = System.nanoTime() - WARNING_NANOS;

  /** Starts to watch. */
  public RailWatch(ClientSettings settings, Supplier<List<RemoteWorker>> workers, EventLoop loop) {
    devices.addAll(settings.dataDevices());
    devices.addAll(settings.rpcDevices());
    this.workers = workers;
    schedule =
        devices.isEmpty() && settings.transport().allowsTcp()
            ? null
            : loop.scheduleWithFixedDelay(
                this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      for (String device : devices) {
        DeviceState state = DeviceState.of(device);
        log(state);
        workers.get().forEach(worker -> worker.follow(state));
      }
      warnOfFallbacks();
    } catch (RuntimeException e) {
      log.error("looking at {} failed: internal error (bug); the next look follows", devices, e);
    }
  }

  private void log(DeviceState state) {
    String before = problems.put(state.device(), state.problem());
    if (state.problem().equals(before == null ? "" : before)) {
      return;
    }
    if (state.problem().isEmpty()) {
      log.info("network device '{}' can be used again", state.device());
    } else {
      log.warn(
          "network device '{}' {}; RailFS goes on over the other rails, if there are any, and"
              + " returns by itself",
          state.device(),
          state.problem());
    }
  }

  private void warnOfFallbacks() {
    long now = System.nanoTime();
    if (now - warnedNanos < WARNING_NANOS) {
      return;
    }
    for (RemoteWorker worker : workers.get()) {
      int count = worker.fallenBack();
      if (count > 0) {
        warnedNanos = now;
        log.warn(
            "worker {}: {} connections are bound to no network device, because none of {} can be"
                + " used and railfs.fabric.fallback is true; they return by themselves",
            worker.endpoint(),
            count,
            devices);
      }
      int others = worker.onOtherTransport();
      if (others > 0) {
        warnedNanos = now;
        log.warn(
            "worker {}: TCP brings the blocks of {} connections, because the transport local cannot"
                + " be used ('railfs stats' has the reason) and railfs.fabric.fallback is true; they"
                + " return by themselves",
            worker.endpoint(),
            others);
      }
    }
  }

  @Override
  public void close() {
    if (schedule != null) {
      schedule.cancel(false);
    }
  }
}
