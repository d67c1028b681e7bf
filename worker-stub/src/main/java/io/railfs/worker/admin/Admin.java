// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import io.railfs.base.CloseStack;
import io.railfs.fabric.BindSettings;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.http.HttpException;
import io.railfs.http.HttpGate;
import io.railfs.http.HttpRoute;
import io.railfs.http.HttpServer;
import io.railfs.http.LocalGate;
import io.railfs.http.TokenGate;
import io.railfs.telemetry.MetricSource;
import io.railfs.telemetry.Metrics;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.ufs.Ufs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The web and rest services of a worker. Owns their sockets and threads until {@link #close}. */
public final class Admin implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Admin.class);

  private static final long TIMEOUT_MILLIS = 30_000;

  /**
   * Every user of this machine reaches the port: without a token nobody can be distinguished from
   * them.
   */
  private static final HttpGate CLOSED =
      request -> {
        throw new HttpException(
            403,
            "this worker has railfs.security on, so that who administers it must prove it; name a file with a token in railfs.worker.rest.token-file of the worker");
      };

  private final Jobs jobs;
  private List<HttpRoute> restRoutes = List.of();
  private Optional<HttpServer> web = Optional.empty();
  private Optional<HttpServer> rest = Optional.empty();

  private Admin(Jobs jobs) {
    this.jobs = jobs;
  }

  /**
   * Starts both services, if the settings want them.
   *
   * @param others metrics beside those of the worker
   * @param blockSize bytes
   * @throws FabricException where an address, a port or a device cannot be had, or the token cannot
   *     be used
   */
  public static Admin start(
      AdminSettings settings,
      WorkerView view,
      List<MetricSource> others,
      Ufs ufs,
      BlockAdmin blocks,
      int blockSize,
      LogLevel logLevel)
      throws FabricException {
    HttpGate gate = gate(settings);
    Admin admin = new Admin(new Jobs(ufs, blocks, blockSize));
    try (CloseStack undo = new CloseStack()) {
      undo.push(admin);
      List<MetricSource> sources = new ArrayList<>(others);
      sources.add(new WorkerSource(view));
      WebService web = new WebService(view, admin.jobs, new Metrics(sources), settings);
      admin.restRoutes =
          new RestService(view, ufs, blocks, blockSize, admin.jobs, logLevel).routes();
      admin.web = serve("web", settings.web(), web.routes(), HttpGate.OPEN);
      admin.rest = serve("rest", settings.rest(), admin.restRoutes, gate);
      undo.release();
      log.info(
          "web page and metrics: {}; REST: {}{}",
          url(admin.web),
          url(admin.rest),
          admin.rest.isPresent() && settings.isRestClosed()
              ? ", which answers nobody without railfs.worker.rest.token-file, because railfs.security is on"
              : "");
      return admin;
    }
  }

  private static Optional<HttpServer> serve(
      String name, Optional<BindSettings> bind, List<HttpRoute> routes, HttpGate gate)
      throws FabricException {
    if (bind.isEmpty()) {
      return Optional.empty();
    }
    Devices.requireUsable(bind.get().devices(), false);
    return Optional.of(HttpServer.start(name, bind.get(), routes, gate, TIMEOUT_MILLIS));
  }

  private static HttpGate gate(AdminSettings settings) throws FabricException {
    if (settings.tokenFile().isEmpty()) {
      return settings.isRestClosed() ? CLOSED : new LocalGate();
    }
    Path file = settings.tokenFile().get();
    try {
      return TokenGate.of(file);
    } catch (IOException e) {
      throw new FabricException("railfs.worker.rest.token-file: " + e.getMessage(), e);
    }
  }

  private static String url(Optional<HttpServer> server) {
    return server.map(HttpServer::url).orElse("off");
  }

  /** What the administration answers, as "METHOD PATH". */
  public List<String> restRoutes() {
    return restRoutes.stream().map(route -> route.method() + " " + route.path()).toList();
  }

  /** The OpenAPI description of the administration, as it is served. */
  public static String description() {
    return WebService.resource(RestService.DESCRIPTION);
  }

  /** The port of the page and the metrics; 0 where there are none. */
  public int webPort() {
    return web.map(HttpServer::port).orElse(0);
  }

  /** The port of the administration; 0 where there is none. */
  public int restPort() {
    return rest.map(HttpServer::port).orElse(0);
  }

  @Override
  public void close() {
    rest.ifPresent(HttpServer::close);
    web.ifPresent(HttpServer::close);
    jobs.close();
  }
}
