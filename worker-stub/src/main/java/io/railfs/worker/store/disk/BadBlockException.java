// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

/** A block file does not hold what it should; the message says what is wrong. */
public final class BadBlockException extends Exception {
  private static final long serialVersionUID = 1;

  public BadBlockException(String message) {
    super(message);
  }
}
