// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

/** The worker cannot start; the message is one sentence that says what to do. */
public final class WorkerStartException extends Exception {
  private static final long serialVersionUID = 1;

  public WorkerStartException(String message, Throwable cause) {
    super(message, cause);
  }
}
