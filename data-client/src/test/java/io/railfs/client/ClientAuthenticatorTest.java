// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.railfs.fabric.trust.Dialled;
import io.railfs.fabric.trust.Secret;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client takes for the proof of a worker, after an honest worker's words were changed. */
final class ClientAuthenticatorTest {
  private static final InetSocketAddress WORKER = new InetSocketAddress("10.0.0.1", 29_999);
  private static final HelloReply GREETING =
      HelloReply.newBuilder()
          .setWorkerId("w1")
          .addDataEndpoints(DataEndpoint.newBuilder().setAddress("10.0.0.1").setPort(29_997))
          .build();

  @TempDir Path directory;
  private Trust trust;
  private Secret secret;
  private ClientAuthenticator introduction;
  private byte[] nonce;
  private final byte[] workerNonce = Secret.nonce();
  private ProveRequest proven;

  @BeforeEach
  void begin() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), "a-secret-for-this-test\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    trust =
        Trust.open(
            new TrustSettings(Optional.of(file), Optional.empty(), Duration.ofHours(1)),
            Side.CLIENT);
    secret = trust.secret().orElseThrow();
    introduction = new ClientAuthenticator(trust, WORKER);
    nonce = introduction.hello(HelloRequest.getDefaultInstance()).getNonce().toByteArray();
    HelloReply challenge =
        HelloReply.newBuilder().setNonce(ByteString.copyFrom(workerNonce)).build();
    proven = introduction.answer(challenge).orElseThrow();
  }

  @AfterEach
  void end() {
    trust.close();
  }

  private ProveReply reply(byte[] dialled) {
    byte[] proof =
        secret.proof(
            Secret.Role.WORKER,
            FrameHeader.VERSION,
            nonce,
            workerNonce,
            dialled,
            GREETING.toByteArray());
    return ProveReply.newBuilder()
        .setProof(ByteString.copyFrom(proof))
        .setGreeting(GREETING.toByteString())
        .build();
  }

  private void assertUntrusted(ProveReply reply) {
    assertThatThrownBy(() -> introduction.greeting(reply))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED))
        .hasMessageContaining("did not prove");
  }

  @Test
  void theAddressThatItHasConnectedToIsInItsProof() {
    byte[] dialled = proven.getDialled().toByteArray();
    assertThat(Dialled.address(dialled)).contains(WORKER);
    assertThat(
            secret.accepts(
                proven.getProof().toByteArray(),
                Secret.Role.CLIENT,
                FrameHeader.VERSION,
                nonce,
                workerNonce,
                dialled))
        .isTrue();
  }

  @Test
  void aWorkerThatProvesItselfIsBelieved() throws Exception {
    assertThat(introduction.greeting(reply(Dialled.bytes(WORKER)))).isEqualTo(GREETING);
  }

  @Test
  void aProofForAnotherAddressIsNone() {
    assertUntrusted(reply(Dialled.bytes(new InetSocketAddress("10.0.0.2", 29_999))));
    assertUntrusted(reply(Dialled.bytes(new InetSocketAddress("10.0.0.1", 29_998))));
  }

  @Test
  void aGreetingThatWasChangedOnTheWayIsNotBelieved() {
    HelloReply elsewhere =
        GREETING.toBuilder()
            .setDataEndpoints(0, DataEndpoint.newBuilder().setAddress("10.6.6.6").setPort(1))
            .build();
    ProveReply changed =
        reply(Dialled.bytes(WORKER)).toBuilder().setGreeting(elsewhere.toByteString()).build();
    assertUntrusted(changed);
  }

  @Test
  void aProofCountsByEachOfItsBytes() {
    ProveReply right = reply(Dialled.bytes(WORKER));
    byte[] bytes = right.getProof().toByteArray();
    for (int length : new int[] {0, 8, 31, 33}) {
      assertUntrusted(with(right, Arrays.copyOf(bytes, length)));
    }
    bytes[31] ^= 1;
    assertUntrusted(with(right, bytes));
  }

  private static ProveReply with(ProveReply reply, byte[] proof) {
    return reply.toBuilder().setProof(ByteString.copyFrom(proof)).build();
  }
}
