// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import io.netty.handler.codec.http.HttpResponseStatus;

/** Why a request is not answered with what it asked for, by S3's code. */
enum S3Fault {
  NO_KEY(HttpResponseStatus.NOT_FOUND, "NoSuchKey"),
  NO_BUCKET(HttpResponseStatus.NOT_FOUND, "NoSuchBucket"),
  CHANGED(HttpResponseStatus.PRECONDITION_FAILED, "PreconditionFailed"),
  NO_RANGE(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "InvalidRange"),
  INVALID_ARGUMENT(HttpResponseStatus.BAD_REQUEST, "InvalidArgument"),
  NOT_ALLOWED(HttpResponseStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed"),
  NOT_IMPLEMENTED(HttpResponseStatus.NOT_IMPLEMENTED, "NotImplemented"),
  INTERNAL(HttpResponseStatus.INTERNAL_SERVER_ERROR, "InternalError");

  private final int status;
  private final String code;

  S3Fault(HttpResponseStatus status, String code) {
    this.status = status.code();
    this.code = code;
  }

  HttpResponseStatus status() {
    return HttpResponseStatus.valueOf(status);
  }

  String code() {
    return code;
  }

  S3Refusal refusal() {
    return new S3Refusal(this);
  }
}
