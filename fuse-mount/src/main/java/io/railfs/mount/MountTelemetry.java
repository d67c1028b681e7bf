// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.client.ClientSettings;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.http.HttpException;
import io.railfs.http.HttpGate;
import io.railfs.http.HttpRequest;
import io.railfs.http.HttpResponse;
import io.railfs.http.HttpRoute;
import io.railfs.http.HttpServer;
import io.railfs.telemetry.Metrics;
import io.railfs.telemetry.NetworkSource;
import io.railfs.telemetry.ProcessSource;
import io.railfs.telemetry.TrustSource;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Serves the metrics of a mount over HTTP, if the settings want it. Starts before the mount, so
 * that a port that is taken is found out before anything is mounted. Thread-safe.
 */
public final class MountTelemetry implements AutoCloseable {
  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final long TIMEOUT_MILLIS = 30_000;

  private final MountSettings settings;
  private final Set<String> devices = new HashSet<>();
  private final String version;
  private final Optional<HttpServer> server;
  private volatile Metrics metrics;

  private MountTelemetry(MountSettings settings, ClientSettings client, String version)
      throws FabricException {
    this.settings = settings;
    this.version = version;
    devices.addAll(client.dataDevices());
    devices.addAll(client.rpcDevices());
    if (settings.metrics().isPresent()) {
      Devices.requireUsable(settings.metrics().get().devices(), false);
    }
    server =
        settings.metrics().isEmpty()
            ? Optional.empty()
            : Optional.of(
                HttpServer.start(
                    "metrics",
                    settings.metrics().get(),
                    List.of(HttpRoute.get("/metrics", this::scrape)),
                    HttpGate.OPEN,
                    TIMEOUT_MILLIS));
  }

  /**
   * Starts to listen, if the settings want it.
   *
   * @param version of this software
   * @throws MountException with one sentence where the port or device cannot be had
   */
  public static MountTelemetry start(MountSettings settings, ClientSettings client, String version)
      throws MountException {
    try {
      return new MountTelemetry(settings, client, version);
    } catch (FabricException e) {
      throw new MountException(e.getMessage(), e);
    }
  }

  /** The mount has started: from now on its metrics are served. */
  public void publish(Mount mount) {
    metrics =
        new Metrics(
            List.of(
                new MountSource(mount::stats),
                new ProcessSource(version, settings.memoryLimit(), MemoryPlan.of(settings).slab()),
                new TrustSource(mount.trust()),
                new NetworkSource(Path.of("/"), devices)));
  }

  private HttpResponse scrape(HttpRequest request) throws HttpException {
    Metrics now = metrics;
    if (now == null) {
      throw new HttpException(503, "the mount is starting");
    }
    return HttpResponse.of(200, TYPE, now.scrape());
  }

  /** Where the metrics are; empty where they are not served. */
  public Optional<String> url() {
    return server.map(http -> http.url() + "/metrics");
  }

  @Override
  public void close() {
    server.ifPresent(HttpServer::close);
  }
}
