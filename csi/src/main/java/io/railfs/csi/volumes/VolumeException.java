// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

/** A volume cannot be had, or be taken away; its message is the sentence that pods' events show. */
public final class VolumeException extends Exception {
  private static final long serialVersionUID = 1;

  /** What whoever asked can do about it. */
  public enum Reason {
    /** The request is wrong. */
    INVALID,
    /** There is no such volume or path. */
    NOT_FOUND,
    /** The target is taken by another volume, or by this one used otherwise. */
    ALREADY_EXISTS,
    /** Another call for the same target is under way: ask again. */
    BUSY,
    /** The mount is not there yet or does not answer: ask again. */
    UNAVAILABLE,
    /** The machine refused. */
    FAILED
  }

  private final Reason reason;

  public VolumeException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  VolumeException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
