package io.railfs.cli.bench;

import java.util.Locale;

/** Which part holds a read's rate down, and what to try. */
public enum Limit {
  NETWORK("the network carries no more"),
  PROCESSOR("the processors of this machine are busy: fewer streams, larger packets or more cores"),
  READS("neither network nor processors: more streams, larger reads, or the worker's disk"),
  NOTHING_MEASURED("the bytes came from memory of this machine, not over the network");

  private static final double NEARLY = 0.8;
  private static final double BEYOND = 1.15;
  private static final double BUSY = 0.85;

  private final String words;

  Limit(String words) {
    this.words = words;
  }

  /**
   * Judges.
   *
   * @param baseline bytes a second that the network carried alone
   * @param read bytes a second of the reads
   * @param processorShare how busy the processors were during the reads, 0 to 1
   * @param mounted whether a mount's caches lie between
   */
  public static Limit of(double baseline, double read, double processorShare, boolean mounted) {
    if (mounted && read > baseline * BEYOND) {
      return NOTHING_MEASURED;
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
