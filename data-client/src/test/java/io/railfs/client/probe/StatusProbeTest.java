// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.client.Endpoint;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class StatusProbeTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static Trust none() throws FabricException {
    return Trust.open(TrustSettings.OFF, Side.CLIENT);
  }

  private static Endpoint endpoint(ServerSocket socket) {
    return new Endpoint("127.0.0.1", socket.getLocalPort());
  }

  @Test
  void aRefusedConnectionIsToldSo() throws Exception {
    // Bound and not listened to: connections are refused, and nobody else is given the port.
    try (Socket closed = new Socket()) {
      closed.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Endpoint endpoint = new Endpoint("127.0.0.1", closed.getLocalPort());
      assertThatThrownBy(() -> StatusProbe.status(endpoint, none(), TIMEOUT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refused");
    }
  }

  @Test
  void aPeerThatSaysNothingIsGivenUp() throws Exception {
    try (ServerSocket socket = listen()) {
      assertThatThrownBy(() -> StatusProbe.status(endpoint(socket), none(), Duration.ofMillis(500)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("timed out");
    }
  }

  @Test
  void aPeerOfAnotherProtocolIsRecognised() throws Exception {
    try (ServerSocket socket = listen()) {
      CompletableFuture<Void> peer = CompletableFuture.runAsync(() -> answerInHttp(socket));
      assertThatThrownBy(() -> StatusProbe.status(endpoint(socket), none(), TIMEOUT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not speak RailFS");
      peer.get(30, TimeUnit.SECONDS);
    }
  }

  private static void answerInHttp(ServerSocket server) {
    try (Socket socket = server.accept()) {
      socket.getOutputStream().write("HTTP/1.1 400 No\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      // Until the client closes: an early close could overtake the answer.
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
