// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import java.util.Map;
import java.util.Optional;

/**
 * A whole request.
 *
 * @param method in capitals; HEAD comes as GET
 * @param path without the query, percent signs decoded
 * @param query parameters, the last of each name
 * @param headers by name in small letters, the first of each name
 * @param body as UTF-8
 */
public record HttpRequest(
    String method,
    String path,
    Map<String, String> query,
    Map<String, String> headers,
    String body) {
  public HttpRequest {
    query = Map.copyOf(query);
    headers = Map.copyOf(headers);
  }

  /** The value of a header, whose name is given in small letters. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }
}
