// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import static java.util.Objects.requireNonNull;

/**
 * What answers requests of one method for one path.
 *
 * @param method in capitals
 * @param path exact
 * @param handler runs outside the event loops and may block for a while
 */
public record HttpRoute(String method, String path, Handler handler) {
  public HttpRoute {
    requireNonNull(method, "method is null");
    requireNonNull(path, "path is null");
    requireNonNull(handler, "handler is null");
  }

  /** Answers a request. */
  public interface Handler {
    HttpResponse answer(HttpRequest request) throws HttpException;
  }

  public static HttpRoute get(String path, Handler handler) {
    return new HttpRoute("GET", path, handler);
  }
}
