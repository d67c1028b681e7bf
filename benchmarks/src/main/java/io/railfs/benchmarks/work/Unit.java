// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

/** What a figure counts. */
public enum Unit {
  MEGABYTES_PER_SECOND("MB/s", true),
  READS_PER_SECOND("reads/s", true),
  FILES_PER_SECOND("files/s", true),
  SECONDS("s", false);

  private final String text;
  private final boolean moreIsBetter;

  Unit(String text, boolean moreIsBetter) {
    this.text = text;
    this.moreIsBetter = moreIsBetter;
  }

  public String text() {
    return text;
  }

  public boolean moreIsBetter() {
    return moreIsBetter;
  }
}
