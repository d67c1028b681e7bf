// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.http.HttpRequest;
import io.railfs.http.HttpResponse;
import io.railfs.http.HttpRoute;
import io.railfs.http.Json;
import io.railfs.telemetry.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * What everybody may see: the page, which asks for the status each second, and the metrics. Changes
 * nothing. Thread-safe.
 */
final class WebService {
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final WorkerView view;
  private final Jobs jobs;
  private final Metrics metrics;
  private final List<String> peers;
  private final boolean hidesNames;

  /** All that the page may load is from here, and the status of the peers from them. */
  private final String policy;

  WebService(WorkerView view, Jobs jobs, Metrics metrics, AdminSettings settings) {
    this.view = view;
    this.jobs = jobs;
    this.metrics = metrics;
    this.peers = settings.peers();
    // Who may read what is decided by proofs, and the page asks for none.
    this.hidesNames = settings.trust();
    this.policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
            + peers.stream().map(peer -> " " + peer).reduce("", String::concat)
            + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  }

  List<HttpRoute> routes() {
    return List.of(
        HttpRoute.get("/", r -> page("index.html", "text/html; charset=utf-8")),
        HttpRoute.get("/page.js", r -> page("page.js", "text/javascript; charset=utf-8")),
        HttpRoute.get("/page.css", r -> page("page.css", "text/css; charset=utf-8")),
        HttpRoute.get("/icon.svg", r -> page("icon.svg", "image/svg+xml")),
        HttpRoute.get("/metrics", r -> HttpResponse.of(200, METRICS, metrics.scrape())),
        HttpRoute.get("/peers", r -> HttpResponse.json(200, Json.text(Map.of("peers", peers)))),
        HttpRoute.get("/status", this::status));
  }

  private HttpResponse page(String name, String type) {
    return HttpResponse.of(200, type, resource(name)).with("content-security-policy", policy);
  }

  /** Of the page's files or the description of the administration. */
  static String resource(String name) {
    try (InputStream in = WebService.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the build left out " + name);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read", e);
    }
  }

  /** Peers' pages may read it too; other pages in a browser may not. */
  private HttpResponse status(HttpRequest request) {
    HttpResponse response =
        HttpResponse.json(200, StatusJson.text(view, jobs.toJson(hidesNames)))
            .with("vary", "Origin");
    return request
        .header("origin")
        .filter(peers::contains)
        .map(origin -> response.with("access-control-allow-origin", origin))
        .orElse(response);
  }
}
