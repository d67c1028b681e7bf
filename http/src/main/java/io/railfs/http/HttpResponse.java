// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A whole response.
 *
 * @param status such as 200
 * @param type of its content
 * @param body sent as UTF-8
 * @param headers more of them, by name
 */
public record HttpResponse(int status, String type, String body, Map<String, String> headers) {
  public HttpResponse {
    requireNonNull(type, "type is null");
    headers = Map.copyOf(headers);
  }

  public static HttpResponse of(int status, String type, String text) {
    return new HttpResponse(status, type, text, Map.of());
  }

  public static HttpResponse json(int status, String text) {
    return of(status, "application/json", text);
  }

  /** A sentence for whoever asked. */
  public static HttpResponse error(int status, String sentence) {
    return json(status, Json.text(Map.of("error", sentence)));
  }

  /** The same with one more header. */
  public HttpResponse with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new HttpResponse(status, type, body, more);
  }
}
