// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

/** A request is not answered with what it asked for. */
final class S3Refusal extends Exception {
  private static final long serialVersionUID = 1;

  private final S3Fault fault;

  /** Sent to the client, so without a stack. */
  S3Refusal(S3Fault fault) {
    super(fault.code(), null, false, false);
    this.fault = fault;
  }

  S3Fault fault() {
    return fault;
  }
}
