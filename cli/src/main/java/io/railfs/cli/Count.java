// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.util.Locale;

/** Numbers of things for people. */
final class Count {
  private Count() {}

  /** "1 name", "1,204 names". */
  static String of(long number, String noun) {
    return String.format(Locale.US, "%,d %s%s", number, noun, number == 1 ? "" : "s");
  }
}
