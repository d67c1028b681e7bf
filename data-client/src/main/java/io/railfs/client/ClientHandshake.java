package io.railfs.client;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The first words on a fresh connection. Ends with the worker's greeting, or closes the connection.
 * Used by its event loop alone.
 */
final class ClientHandshake {
  private final Connection connection;
  private final ClientAuthenticator introduction;
  private final long deadlineNanos;
  private final Consumer<HelloReply> greeted;

  private ClientHandshake(
      Connection connection, Trust trust, long deadlineNanos, Consumer<HelloReply> greeted) {
    this.connection = requireNonNull(connection, "connection is null");
    this.introduction = new ClientAuthenticator(trust, connection.channel().remoteAddress());
    this.deadlineNanos = deadlineNanos;
    this.greeted = requireNonNull(greeted, "greeted is null");
  }

  /** Begins it. */
  static void start(
      Connection connection, Trust trust, long deadlineNanos, Consumer<HelloReply> greeted) {
    ClientHandshake handshake = new ClientHandshake(connection, trust, deadlineNanos, greeted);
    connection.send(
        new Greeting(
            handshake.introduction.hello(
                Identity.HELLO.toBuilder()
                    .setAttemptTimeoutMillis(connection.attemptTimeoutMillis())
                    .build()),
            true,
            deadlineNanos,
            handshake::answered,
            connection::close));
  }

  private void answered(HelloReply reply) {
    try {
      Optional<ProveRequest> proof = introduction.answer(reply);
      if (proof.isEmpty()) {
        greeted.accept(reply);
      } else {
        connection.send(new Proving(deadlineNanos, proof.get(), this::proven, connection::close));
      }
    } catch (ProtocolException e) {
      close(e);
    }
  }

  private void proven(ProveReply reply) {
    try {
      greeted.accept(introduction.greeting(reply));
    } catch (ProtocolException e) {
      close(e);
    }
  }

  private void close(ProtocolException cause) {
    connection.close(
        AttemptException.untrusted(connection.name() + " " + cause.getMessage(), cause));
  }
}
