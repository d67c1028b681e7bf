// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClientAuthenticator;
import io.railfs.fabric.local.Host;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * HELLO and PROVE on the connections of a client. {@link ClientAuthenticator} decides what is said;
 * this class sends it. A handshake ends with the worker's HELLO reply, or closes the connection.
 * Used by the connection's event loop alone.
 */
final class ClientHandshake {
  /** How this process introduces itself to a worker. */
  static final HelloRequest IDENTITY =
      HelloRequest.newBuilder().setSoftwareVersion(version()).setClient(client()).build();

  private final Connection connection;
  private final ClientAuthenticator authenticator;
  private final long deadlineNanos;
  private final Consumer<HelloReply> done;

  /**
   * Ways to blocks that a worker is asked for.
   *
   * @param host the boot id of this one, where the files of blocks are wanted; else empty
   * @param rdma whether blocks are wanted over RDMA
   */
  record Wanted(String host, boolean rdma) {}

  private ClientHandshake(
      Connection connection, Trust trust, long deadlineNanos, Consumer<HelloReply> done) {
    this.connection = requireNonNull(connection, "connection is null");
    this.authenticator = new ClientAuthenticator(trust, connection.channel().remoteAddress());
    this.deadlineNanos = deadlineNanos;
    this.done = requireNonNull(done, "done is null");
  }

  private static String version() {
    String version = ClientHandshake.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static String client() {
    String host = System.getenv("HOSTNAME");
    return (host == null || host.isEmpty() ? "" : host + ":") + ProcessHandle.current().pid();
  }

  /**
   * Starts the handshake of a fresh connection, which has all its time for it.
   *
   * @param wanted beside what every connection gets
   */
  static void start(
      Connection connection,
      Trust trust,
      long deadlineNanos,
      Wanted wanted,
      Consumer<HelloReply> done) {
    ClientHandshake handshake = new ClientHandshake(connection, trust, deadlineNanos, done);
    HelloRequest identity =
        IDENTITY.toBuilder()
            .setAttemptTimeoutMillis(connection.attemptTimeoutMillis())
            .setLocalHost(wanted.host())
            .setWantsRdma(wanted.rdma())
            .build();
    HelloRequest request = handshake.authenticator.hello(identity);
    connection.send(helloCall(request, deadlineNanos, handshake::answered).untilDeadline());
  }

  /** A later HELLO, which asks for what may have changed. */
  static UnaryCall<HelloReply> hello(
      long deadlineNanos, BiConsumer<HelloReply, AttemptException> ended) {
    return helloCall(IDENTITY, deadlineNanos, ended);
  }

  /** A later HELLO, which asks for a way to the files of blocks. */
  static UnaryCall<HelloReply> helloForBlocks(
      long deadlineNanos, BiConsumer<HelloReply, AttemptException> ended) {
    HelloRequest request = IDENTITY.toBuilder().setLocalHost(Host.id()).build();
    return helloCall(request, deadlineNanos, ended);
  }

  /** A later HELLO, which asks for a way to blocks over RDMA. */
  static UnaryCall<HelloReply> helloForRdma(
      long deadlineNanos, BiConsumer<HelloReply, AttemptException> ended) {
    return helloCall(IDENTITY.toBuilder().setWantsRdma(true).build(), deadlineNanos, ended);
  }

  private static UnaryCall<HelloReply> helloCall(
      HelloRequest request, long deadlineNanos, BiConsumer<HelloReply, AttemptException> ended) {
    return new UnaryCall<>(
        Opcode.HELLO, request, deadlineNanos, reply -> reply.parse(HelloReply.parser()), ended);
  }

  /**
   * A HELLO that asks whether the worker is alive: any answer, a refusal too, shows that it is.
   *
   * @param ended takes the cause where there was no answer, null where there was one
   */
  static UnaryCall<Boolean> probe(long deadlineNanos, Consumer<AttemptException> ended) {
    return new UnaryCall<>(
        Opcode.HELLO,
        IDENTITY,
        deadlineNanos,
        reply -> true,
        (alive, cause) -> {
          boolean refused = cause != null && cause.kind() == AttemptException.Kind.REFUSED;
          ended.accept(refused ? null : cause);
        });
  }

  private void answered(HelloReply reply, AttemptException failure) {
    if (failure != null) {
      connection.close(failure);
      return;
    }
    try {
      Optional<ProveRequest> proof = authenticator.answer(reply);
      if (proof.isEmpty()) {
        done.accept(reply);
      } else {
        connection.send(
            new UnaryCall<>(
                    Opcode.PROVE,
                    proof.get(),
                    deadlineNanos,
                    frame -> frame.parse(ProveReply.parser()),
                    this::proven)
                .untilDeadline());
      }
    } catch (ProtocolException e) {
      close(e);
    }
  }

  private void proven(ProveReply reply, AttemptException failure) {
    if (failure != null) {
      connection.close(failure);
      return;
    }
    try {
      done.accept(authenticator.greeting(reply));
    } catch (ProtocolException e) {
      close(e);
    }
  }

  private void close(ProtocolException cause) {
    connection.close(
        AttemptException.untrusted(connection.name() + " " + cause.getMessage(), cause));
  }
}
