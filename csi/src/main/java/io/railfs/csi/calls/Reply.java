// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.railfs.csi.volumes.VolumeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a call: by its result, or by the status that its failure stands for. */
final class Reply {
  private static final Logger log = LoggerFactory.getLogger(Reply.class);

  private Reply() {}

  /** What is asked. */
  interface Work<T> {
    T run() throws VolumeException;
  }

  /** Does it and answers. */
  static <T> void to(StreamObserver<T> caller, Work<T> work) {
    T result;
    try {
      result = work.run();
    } catch (VolumeException e) {
      log.debug("a call is refused", e);
      caller.onError(status(e).asRuntimeException());
      return;
    } catch (RuntimeException e) {
      log.error("a call failed by a defect of the driver", e);
      caller.onError(Status.INTERNAL.withDescription("bug in RailFS: " + e).asRuntimeException());
      return;
    }
    caller.onNext(result);
    caller.onCompleted();
  }

  private static Status status(VolumeException problem) {
    Status status =
        switch (problem.reason()) {
          case INVALID -> Status.INVALID_ARGUMENT;
          case NOT_FOUND -> Status.NOT_FOUND;
          case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
          case BUSY -> Status.ABORTED;
          case UNAVAILABLE -> Status.UNAVAILABLE;
          case FAILED -> Status.INTERNAL;
        };
    return status.withDescription(problem.getMessage());
  }
}
