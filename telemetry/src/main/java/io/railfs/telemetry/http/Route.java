package io.railfs.telemetry.http;

import static java.util.Objects.requireNonNull;

/**
 * What answers requests of one method for one path.
 *
 * @param method in capitals
 * @param path exact
 * @param handler runs outside the event loops and may block for a while
 */
public record Route(String method, String path, Handler handler) {
  public Route {
    requireNonNull(method, "method is null");
    requireNonNull(path, "path is null");
    requireNonNull(handler, "handler is null");
  }

  /** Answers a request. */
  public interface Handler {
    HttpResponse answer(HttpRequest request) throws HttpException;
  }

  public static Route get(String path, Handler handler) {
    return new Route("GET", path, handler);
  }
}
