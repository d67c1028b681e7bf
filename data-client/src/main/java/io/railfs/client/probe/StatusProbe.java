// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.client.Causes;
import io.railfs.client.ClientAuthenticator;
import io.railfs.client.Endpoint;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.Frame;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Asks a worker for its status over its rpc service, on a connection of its own. */
public final class StatusProbe {
  private StatusProbe() {}

  /**
   * Connects, introduces itself and asks.
   *
   * @param trust what is proven to the worker, and what it must prove
   * @param timeout longest wait for the connection, and again for each part of the answer
   * @throws IOException whose message says what went wrong, without the endpoint
   */
  public static StatusReply status(Endpoint endpoint, Trust trust, Duration timeout)
      throws IOException {
    int millis = Math.toIntExact(timeout.toMillis());
    try (Socket plain = connect(endpoint, millis)) {
      plain.setSoTimeout(millis);
      Socket socket = trust.usesTls() ? trust.encrypt(plain, endpoint.host()) : plain;
      introduce(socket, new ClientAuthenticator(trust, plain.getRemoteSocketAddress()));
      StatusRequest request = StatusRequest.getDefaultInstance();
      return ask(socket, Opcode.STATUS, request).parse(StatusReply.parser());
    } catch (SSLException e) {
      throw new IOException(Causes.describe(e), e);
    } catch (ProtocolException e) {
      throw new IOException(
          (e.code() == ErrorCode.UNTRUSTED ? "it " : "it does not speak RailFS: ") + e.getMessage(),
          e);
    } catch (EOFException e) {
      throw new IOException("it closed the connection", e);
    }
  }

  /** To the first address of the name that answers, all within one timeout. */
  private static Socket connect(Endpoint endpoint, int millis) throws IOException {
    InetAddress[] hosts;
    try {
      hosts = InetAddress.getAllByName(endpoint.host());
    } catch (UnknownHostException e) {
      throw new IOException("the host name is not known", e);
    }
    IOException first = null;
    for (InetAddress host : hosts) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(host, endpoint.port()), millis / hosts.length);
        return socket;
      } catch (IOException e) {
        socket.close();
        first = first == null ? e : first;
      }
    }
    throw requireNonNull(first, "a name has an address");
  }

  private static void introduce(Socket socket, ClientAuthenticator introduction)
      throws IOException, ProtocolException {
    HelloRequest hello = HelloRequest.newBuilder().setClient("railfs status").build();
    Frame reply = ask(socket, Opcode.HELLO, introduction.hello(hello));
    Optional<ProveRequest> proof = introduction.answer(reply.parse(HelloReply.parser()));
    if (proof.isPresent()) {
      Frame proven = ask(socket, Opcode.PROVE, proof.get());
      HelloReply unused = introduction.greeting(proven.parse(ProveReply.parser()));
    }
  }

  private static Frame ask(Socket socket, Opcode opcode, MessageLite request)
      throws IOException, ProtocolException {
    send(socket, Frame.request(UnpooledByteBufAllocator.DEFAULT, opcode, opcode.code(), request));
    Frame reply = Frame.read(socket.getInputStream());
    if (reply.header().isError()) {
      throw new IOException(reply.parse(ErrorReply.parser()).getMessage());
    }
    return reply;
  }

  private static void send(Socket socket, ByteBuf frame) throws IOException {
    try {
      // Netty's own way to a stream first initialises a class of 7 ms.
      byte[] bytes = new byte[frame.readableBytes()];
      frame.readBytes(bytes);
      socket.getOutputStream().write(bytes);
    } finally {
      frame.release();
    }
  }
}
