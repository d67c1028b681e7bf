// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.worker.TestClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker whose threads meet errors of the virtual machine. */
final class WorkerErrorTest extends ServicesTestBase {
  private static final ByteString PATH = ByteString.copyFromUtf8("/f");

  /** Milliseconds that nothing comes near, however busy the machine is. */
  private static final long AMPLE = 30_000;

  private long listingBytes;

  @Override
  long listingBytes() {
    return listingBytes;
  }

  private void assertWorkerFails(Opcode opcode, MessageLite request) throws Exception {
    start(new ServiceLimits(10, 10, 16, AMPLE, AMPLE, AMPLE, AMPLE, AMPLE), 1, 4);
    ufs.gate.countDown();
    ufs.error = new StackOverflowError("because the test says so");
    try (TestClient client = TestClient.connect(rpc.port())) {
      for (int i : List.of(1, 2)) {
        assertThat(client.call(opcode, request).error().getCode())
            .as("request %s", i)
            .isEqualTo(ErrorCode.WORKER_FAILED);
      }
      ufs.error = null;
      assertThat(client.call(opcode, request).frame().header().isError()).isFalse();
    }
  }

  @Test
  void aRequestThatMeetsAnErrorIsAnsweredAtOnce() throws Exception {
    assertWorkerFails(Opcode.STAT, StatRequest.newBuilder().setPath(PATH).build());
  }

  /** Listings of each client's own, and shared ones. */
  @ParameterizedTest
  @ValueSource(longs = {0, 8 << 20})
  void aListingThatMeetsAnErrorIsAnsweredAtOnce(long bytes) throws Exception {
    listingBytes = bytes;
    assertWorkerFails(
        Opcode.LIST, ListRequest.newBuilder().setPath(PATH).setMaxAgeMillis(60_000).build());
  }
}
