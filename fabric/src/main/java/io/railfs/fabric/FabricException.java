// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

/** The network is not what the settings ask for; the message is one sentence for an operator. */
public final class FabricException extends Exception {
  private static final long serialVersionUID = 1;

  public FabricException(String message) {
    super(message);
  }

  public FabricException(String message, Throwable cause) {
    super(message, cause);
  }
}
