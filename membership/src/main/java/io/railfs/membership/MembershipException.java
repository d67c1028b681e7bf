// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

/** The members cannot be learned; the message is one sentence that says why and what to do. */
public final class MembershipException extends Exception {
  private static final long serialVersionUID = 1;

  MembershipException(String message, Throwable cause) {
    super(message, cause);
  }
}
