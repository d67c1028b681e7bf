// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.http.Json;

/** Answers for scripts. */
final class JsonOutput {
  private JsonOutput() {}

  /**
   * Prints one line of JSON.
   *
   * @param value maps, iterables, strings, numbers, booleans, null
   */
  static void print(Object value) {
    System.out.println(Json.text(value));
  }
}
