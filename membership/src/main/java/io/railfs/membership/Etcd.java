package io.railfs.membership;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.protobuf.TextFormat;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.railfs.protocol.messages.Member;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A client of etcd whose every question has an end; the owner of jetcd's threads. Thread-safe. */
final class Etcd implements AutoCloseable {
  private static final TextFormat.Parser PARSER =
      TextFormat.Parser.newBuilder().setAllowUnknownFields(true).build();

  /** Kept, for a logger that nobody holds forgets its level; gRPC tells of itself at INFO. */
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  static {
    GRPC.setLevel(Level.WARNING);
  }

  private final MembershipSettings settings;
  private final Client client;

  Etcd(MembershipSettings settings) {
    this.settings = requireNonNull(settings, "settings is null");
    client =
        Client.builder().endpoints(settings.endpoints()).connectTimeout(settings.timeout()).build();
  }

  Client client() {
    return client;
  }

  /**
   * Waits for an answer.
   *
   * @throws MembershipException where etcd refuses or does not answer in time
   */
  <T> T answer(CompletableFuture<T> question) throws MembershipException, InterruptedException {
    try {
      return question.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      question.cancel(true);
      throw new MembershipException(
          name() + " gave no answer for " + settings.timeout().toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new MembershipException(name() + " failed: " + e.getCause().getMessage(), e.getCause());
    }
  }

  /** Whether a lease has ended, or etcd never knew it. */
  static boolean isUnknownLease(MembershipException failure) {
    return failure.getCause() instanceof EtcdException e && e.getErrorCode() == ErrorCode.NOT_FOUND;
  }

  /** For messages. */
  String name() {
    return "etcd at " + settings.endpoints().stream().map(URI::getAuthority).collect(joining(", "));
  }

  static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  static ByteSequence encode(Member member) {
    return bytes(TextFormat.printer().printToString(member));
  }

  /** Errors: it is not what a worker registers. */
  static Member decode(ByteSequence value) throws TextFormat.ParseException {
    Member.Builder member = Member.newBuilder();
    PARSER.merge(value.toString(StandardCharsets.UTF_8), member);
    return member.build();
  }

  @Override
  public void close() {
    client.close();
  }
}
