// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.typesafe.config.ConfigFactory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.client.connect.ClusterClient;
import io.railfs.fabric.trust.Secret;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.ProveReply;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody pretends to be a worker, to a client that shares a secret with the real ones. */
final class FalseWorkerTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void writeSecret() throws IOException {
    file = directory.resolve("secret");
    Files.writeString(file, "the-secret-of-the-real-workers\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private void connect(String endpoint) throws ClusterException {
    ClusterClient.connect(
            ClientSettings.of(
                ConfigFactory.parseString(
                        """
                        railfs.workers = ["%s"]
                        railfs.client.connect-timeout = 20s
                        railfs.security.secret-file = "%s"
                        """
                            .formatted(endpoint, file))
                    .withFallback(ConfigFactory.defaultReference())
                    .resolve()))
        .close();
  }

  @Test
  void aWorkerThatAsksForNoSecretIsNotTrusted() {
    try (FakeWorker worker = FakeWorker.start("fake")) {
      assertThatThrownBy(() -> connect(worker.endpoint()))
          .isInstanceOf(ClusterException.class)
          .hasMessageContainingAll("does not know the secret", "railfs.security.secret-file");
    }
  }

  @Test
  void aWorkerThatCannotProveThatItKnowsTheSecretIsNotTrusted() throws Exception {
    List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      thread.execute(() -> pretend(server, heard));
      assertThatThrownBy(() -> connect("127.0.0.1:" + server.getLocalPort()))
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("did not prove that it knows the secret");
    } finally {
      thread.shutdownNow();
    }
    assertThat(heard)
        .as("opcodes that it got to hear")
        .isNotEmpty()
        .containsOnly(Opcode.HELLO.code(), Opcode.PROVE.code());
  }

  private static void pretend(ServerSocket server, List<Integer> heard) {
    while (true) {
      try (Socket socket = server.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] nonce = Secret.nonce();
        heard.add(request(in));
        reply(socket, Opcode.HELLO, 1, HelloReply.newBuilder().setNonce(copy(nonce)).build());
        heard.add(request(in));
        HelloReply greeting = HelloReply.newBuilder().setWorkerId("false").build();
        ProveReply proof =
            ProveReply.newBuilder()
                .setProof(copy(nonce))
                .setGreeting(greeting.toByteString())
                .build();
        reply(socket, Opcode.PROVE, 2, proof);
        heard.add(request(in));
      } catch (IOException e) {
        if (server.isClosed()) {
          return;
        }
      }
    }
  }

  private static ByteString copy(byte[] bytes) {
    return ByteString.copyFrom(bytes);
  }

  private static int request(DataInputStream in) throws IOException {
    in.skipNBytes(6);
    int opcode = in.readUnsignedShort();
    in.skipNBytes(8);
    int body = in.readInt();
    in.skipNBytes(8L + body);
    return opcode;
  }

  private static void reply(Socket socket, Opcode opcode, long id, MessageLite body)
      throws IOException {
    ByteBuf frame = Frame.reply(UnpooledByteBufAllocator.DEFAULT, opcode, id, body, false, 0);
    try {
      frame.readBytes(socket.getOutputStream(), frame.readableBytes());
    } finally {
      frame.release();
    }
  }
}
