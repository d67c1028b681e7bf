// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

/**
 * The conf cannot be used. The message is one sentence that names the file, the line and the key.
 */
public final class ConfException extends Exception {
  private static final long serialVersionUID = 1;

  public ConfException(String message) {
    super(message);
  }

  public ConfException(String message, Throwable cause) {
    super(message, cause);
  }
}
