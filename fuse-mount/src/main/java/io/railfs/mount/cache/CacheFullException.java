// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.cache;

/** There is no memory for what should be remembered; the message says which setting helps. */
public final class CacheFullException extends Exception {
  private static final long serialVersionUID = 1;

  CacheFullException(String message) {
    super(message);
  }
}
