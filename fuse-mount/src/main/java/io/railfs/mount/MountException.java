// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

/** The mount could not start; the message is one sentence for an operator. */
public final class MountException extends Exception {
  private static final long serialVersionUID = 1;

  public MountException(String message) {
    super(message);
  }

  public MountException(String message, Throwable cause) {
    super(message, cause);
  }
}
