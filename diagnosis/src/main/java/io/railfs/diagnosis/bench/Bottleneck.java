// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import java.util.Locale;

/** Which part holds a read's rate down, and what to try. */
public enum Bottleneck {
  NETWORK("the network carries no more"),
  PROCESSOR("the processors of this machine are busy: fewer streams, larger packets or more cores"),
  READS("neither network nor processors: more streams, larger reads, or the worker's disk"),
  MEMORY("the bytes came from this machine's caches: its memory and processors carry no more");

  private static final double NEARLY = 0.8;
  private static final double MOSTLY = 0.5;
  private static final double BUSY = 0.85;

  private final String words;

  Bottleneck(String words) {
    this.words = words;
  }

  /**
   * Judges.
   *
   * @param baseline bytes a second that the network carried alone
   * @param read bytes a second of the reads
   * @param processorShare how busy the processors were during the reads, 0 to 1
   * @param networkShare bytes that came over any network interface meanwhile, for each byte read
   */
  public static Bottleneck of(
      double baseline, double read, double processorShare, double networkShare) {
    if (networkShare < MOSTLY) {
      return MEMORY;
    }
    if (read >= baseline * NEARLY) {
      return NETWORK;
    }
    return processorShare >= BUSY ? PROCESSOR : READS;
  }

  /** "network (the network carries no more)". */
  public String text() {
    return label() + " (" + words + ")";
  }

  /** For scripts. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
