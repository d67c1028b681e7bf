// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

/** The FUSE session could not be made or kept; the message is one sentence for an operator. */
public final class FuseException extends Exception {
  private static final long serialVersionUID = 1;

  public FuseException(String message) {
    super(message);
  }

  public FuseException(String message, Throwable cause) {
    super(message, cause);
  }
}
