// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

/** A request that is refused; the message is a sentence for whoever asked. */
public final class HttpException extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * @param status such as 400
   */
  public HttpException(int status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  public HttpException(int status, String message) {
    this(status, message, null);
  }

  public int status() {
    return status;
  }
}
