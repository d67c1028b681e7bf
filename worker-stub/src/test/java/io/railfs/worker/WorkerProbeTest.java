// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ProbeReply;
import io.railfs.protocol.messages.ProbeRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker answers to those who measure. */
final class WorkerProbeTest {
  private static final int LIMIT = 1 << 20;

  @TempDir Path directory;
  private Worker worker;

  @BeforeEach
  void start() throws Exception {
    Path ufs = Files.createDirectory(directory.resolve("ufs"));
    worker = Worker.start(TestSettings.of(ufs, directory.resolve("store")));
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private static ProbeRequest probe(int length) {
    return ProbeRequest.newBuilder().setLength(length).build();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16_384, LIMIT})
  void probeIsAnsweredWithAsManyBytesEveryTime(int length) throws Exception {
    try (TestClient client = TestClient.connect(worker.dataPort())) {
      for (int i = 0; i < 20; i++) {
        TestClient.Reply reply = client.call(Opcode.PROBE, probe(length));
        assertThat(reply.parse(ProbeReply.parser())).isEqualTo(ProbeReply.getDefaultInstance());
        assertThat(reply.payload()).hasSize(length);
      }
    }
    assertThat(worker.status().getSentBytes()).isEqualTo(20L * length);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, LIMIT + 1, Integer.MAX_VALUE, -1})
  void probeOfAnotherLengthIsRefusedAndTheConnectionGoesOn(int length) throws Exception {
    try (TestClient client = TestClient.connect(worker.dataPort())) {
      TestClient.Reply refusal = client.call(Opcode.PROBE, probe(length));
      assertThat(refusal.error().getCode()).isEqualTo(ErrorCode.INVALID_REQUEST);
      assertThat(refusal.payload()).isEmpty();
      assertThat(client.call(Opcode.PROBE, probe(7)).payload()).hasSize(7);
    }
  }

  @Test
  void rpcServiceKnowsNoProbe() throws Exception {
    try (TestClient client = TestClient.connect(worker.rpcPort())) {
      assertThat(client.call(Opcode.PROBE, probe(1)).error().getCode())
          .isEqualTo(ErrorCode.UNKNOWN_OPCODE);
    }
  }

  @Test
  void statusTellsTheWorkersClock() throws Exception {
    try (TestClient client = TestClient.connect(worker.rpcPort())) {
      long before = nowNanos();
      StatusReply status =
          client
              .call(Opcode.STATUS, StatusRequest.getDefaultInstance())
              .parse(StatusReply.parser());
      assertThat(status.getClockNanos()).isBetween(before, nowNanos());
    }
  }

  private static long nowNanos() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }
}
