// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static java.util.Objects.requireNonNull;

/**
 * An operation on the cluster failed for good: every retry that its deadline allowed is spent. The
 * message is one sentence for an operator and names the file, the worker and, where one is bound,
 * the device.
 */
public final class ClusterException extends Exception {
  private static final long serialVersionUID = 1;

  /** Why it failed; what a program gets to see depends on this alone. */
  public enum Failure {
    /** The path does not exist. */
    NOT_FOUND,
    /** A component of the path that should be a directory is not one. */
    NOT_A_DIRECTORY,
    /** Content was asked of something that is not a regular file. */
    NOT_A_FILE,
    /** The worker may not read it. */
    ACCESS_DENIED,
    /** The file no longer has the version that was asked for. */
    STALE,
    /** The UFS or a worker failed, or a worker broke the protocol. */
    IO,
    /** The deadline passed; the cause, if any, is the last thing that went wrong before it. */
    DEADLINE,
    /** No worker could be reached. */
    UNREACHABLE,
    /** The client was closed meanwhile. */
    CLOSED
  }

  private final Failure failure;

  public ClusterException(Failure failure, String message) {
    this(failure, message, null);
  }

  public ClusterException(Failure failure, String message, Throwable cause) {
    super(message, cause);
    this.failure = requireNonNull(failure, "failure is null");
  }

  public Failure failure() {
    return failure;
  }
}
