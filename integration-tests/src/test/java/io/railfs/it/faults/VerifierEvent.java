// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

/**
 * What the verifier told of one operation.
 *
 * @param what error, slow, stuck or wrong
 * @param detail the name of an errno, or what was wrong
 * @param startNanos of the monotonic clock
 * @param endNanos 0 where it has not ended
 * @param ownNanos its time without that for which its thread was ready and did not run
 * @param by the style of the reader
 */
record VerifierEvent(
    String what,
    OperationKind kind,
    String detail,
    String path,
    long offset,
    long startNanos,
    long endNanos,
    long ownNanos,
    String by) {

  static VerifierEvent of(String[] words) {
    return new VerifierEvent(
        words[0],
        OperationKind.valueOf(words[1]),
        words[2],
        words[3],
        Long.parseLong(words[4]),
        Long.parseLong(words[5]),
        Long.parseLong(words[6]),
        Long.parseLong(words[7]),
        words[8]);
  }

  /** Whether it is about the same operation. */
  boolean isSame(VerifierEvent other) {
    return startNanos == other.startNanos && path.equals(other.path) && kind == other.kind;
  }
}
