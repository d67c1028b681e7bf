// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

/** Decides who may ask at all. Thread-safe. */
public interface HttpGate {
  /** Lets everybody in. */
  HttpGate OPEN = request -> {};

  /**
   * Returns if the request may be answered.
   *
   * @throws HttpException 401 or 403 to refuse the request
   */
  void check(HttpRequest request) throws HttpException;
}
