// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the kernel asks of a mount and what fails. Thread-safe. */
public final class OperationCounters {
  private final EnumMap<Operation, LongAdder> operations = adders(Operation.class);
  private final EnumMap<ErrorKind, LongAdder> errors = adders(ErrorKind.class);

  private static <K extends Enum<K>> EnumMap<K, LongAdder> adders(Class<K> keys) {
    EnumMap<K, LongAdder> adders = new EnumMap<>(keys);
    for (K key : keys.getEnumConstants()) {
      adders.put(key, new LongAdder());
    }
    return adders;
  }

  public void began(Operation operation) {
    operations.get(operation).increment();
  }

  /** An operation, or a read, has failed. */
  public void failed(FsException cause) {
    errors.get(ErrorKind.of(cause)).increment();
  }

  /** A name was asked for that does not exist. */
  public void notFound() {
    errors.get(ErrorKind.NOT_FOUND).increment();
  }

  /** An operation, or a read, has failed with an internal error (bug). */
  public void failedByDefect() {
    errors.get(ErrorKind.DEFECT).increment();
  }

  public Map<Operation, Long> operations() {
    Map<Operation, Long> counts = new EnumMap<>(Operation.class);
    operations.forEach((operation, count) -> counts.put(operation, count.sum()));
    return counts;
  }

  public Map<ErrorKind, Long> errors() {
    Map<ErrorKind, Long> counts = new EnumMap<>(ErrorKind.class);
    errors.forEach((kind, count) -> counts.put(kind, count.sum()));
    return counts;
  }
}
