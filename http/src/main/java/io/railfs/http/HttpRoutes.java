// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds who answers a request. Thread-safe. */
final class HttpRoutes {
  private static final Logger log = LoggerFactory.getLogger(HttpRoutes.class);

  private final Map<String, Map<String, HttpRoute>> byPath = new TreeMap<>();
  private final HttpGate gate;

  HttpRoutes(List<HttpRoute> routes, HttpGate gate) {
    this.gate = gate;
    for (HttpRoute route : routes) {
      HttpRoute old =
          byPath.computeIfAbsent(route.path(), path -> new TreeMap<>()).put(route.method(), route);
      if (old != null) {
        throw new IllegalArgumentException(route.method() + " " + route.path() + " is there twice");
      }
    }
  }

  /** The answer to a request, whatever happens. */
  HttpResponse answer(HttpRequest request) {
    try {
      gate.check(request);
      Map<String, HttpRoute> routes = byPath.get(request.path());
      if (routes == null) {
        throw new HttpException(404, "there is nothing at " + request.path());
      }
      HttpRoute route = routes.get(request.method());
      if (route == null) {
        return HttpResponse.error(405, request.method() + " is not possible here")
            .with("allow", String.join(", ", routes.keySet()));
      }
      return route.handler().answer(request);
    } catch (HttpException e) {
      HttpResponse refusal = HttpResponse.error(e.status(), e.getMessage());
      return e.status() == 401 ? refusal.with("www-authenticate", "Bearer") : refusal;
    } catch (RuntimeException e) {
      log.error(
          "answering {} {} failed: internal error (bug)", request.method(), request.path(), e);
      return HttpResponse.error(500, "internal error (bug); see the log");
    }
  }
}
