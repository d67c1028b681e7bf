// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.google.protobuf.TextFormat;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.netty.handler.ssl.JdkSslContext;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.PrivateFile;
import io.railfs.protocol.messages.Member;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/** A client of etcd whose every request has an end; the owner of jetcd's threads. Thread-safe. */
final class Etcd implements AutoCloseable {
  private static final TextFormat.Parser PARSER =
      TextFormat.Parser.newBuilder().setAllowUnknownFields(true).build();

  private static final org.slf4j.Logger log = LoggerFactory.getLogger(Etcd.class);

  private static final int MAX_PASSWORD = 4 << 10;

  /**
   * Further wait for the first answer: this process first loads and compiles what asks, which takes
   * seconds where the processors are busy.
   */
  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Kept, for a logger that nobody holds forgets its level; gRPC logs about itself at INFO. */
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  static {
    GRPC.setLevel(Level.WARNING);
  }

  private final MembershipSettings settings;
  private List<Object> files;
  private JdkSslContext tls;
  private volatile Client client;

  /** Whether it answered this process before. */
  private volatile boolean answered;

  /** Fails: a file of the settings cannot be used. */
  Etcd(MembershipSettings settings) throws MembershipException {
    this.settings = requireNonNull(settings, "settings is null");
    // Before they are read: what changes in between is found by the next look.
    files = settings.access().state();
    client = connect();
  }

  private Client connect() throws MembershipException {
    EtcdAccess access = settings.access();
    ClientBuilder builder =
        Client.builder().endpoints(settings.endpoints()).connectTimeout(settings.timeout());
    try {
      if (access.tls()) {
        tls = EtcdTls.context(access);
        builder.sslContext(tls);
      }
      if (access.passwordFile().isPresent()) {
        builder.user(bytes(access.user())).password(password(access.passwordFile().get()));
      }
      return builder.build();
    } catch (FabricException e) {
      throw new MembershipException("etcd cannot be asked: " + e.getMessage(), e);
    }
  }

  private static ByteSequence password(Path file) throws FabricException {
    byte[] bytes = PrivateFile.read("password file of etcd", file, MAX_PASSWORD);
    String password = new String(bytes, StandardCharsets.UTF_8).strip();
    if (password.isEmpty()) {
      throw new FabricException("password file of etcd " + file + " is empty");
    }
    return bytes(password);
  }

  /**
   * Connects again where files have changed since they were read: certificates are renewed and
   * passwords replaced. To be called after a failure, by the thread that asks.
   */
  void renew() {
    List<Object> now = settings.access().state();
    if (now.equals(files)) {
      return;
    }
    files = now;
    try {
      Client old = client;
      client = connect();
      old.close();
      log.info("{}: the files of railfs.membership.etcd changed and are in use", name());
    } catch (MembershipException e) {
      log.warn("{}; RailFS goes on with what it read before", e.getMessage(), e);
    }
  }

  Client client() {
    return client;
  }

  /**
   * Waits for an answer.
   *
   * @throws MembershipException where etcd refuses or does not answer in time
   */
  <T> T answer(CompletableFuture<T> request) throws MembershipException, InterruptedException {
    long start = System.nanoTime();
    try {
      T answer = waitFor(request);
      answered = true;
      return answer;
    } catch (TimeoutException e) {
      request.cancel(true);
      throw new MembershipException(
          "%s gave no answer for %d ms%s"
              .formatted(
                  name(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), reason()),
          e);
    } catch (ExecutionException e) {
      throw new MembershipException(name() + " failed: " + why(e.getCause()), e.getCause());
    }
  }

  private <T> T waitFor(CompletableFuture<T> request)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return request.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (answered || !takesConnections() || !reason().isEmpty()) {
        throw e;
      }
      return request.get(FIRST_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  /** Whether anything listens there, so that an answer may still come. */
  private boolean takesConnections() {
    for (URI endpoint : settings.endpoints()) {
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(endpoint.getHost(), endpoint.getPort()),
            Math.toIntExact(settings.timeout().toMillis()));
        return true;
      } catch (IOException e) {
        log.debug("{} takes no connection", endpoint.getAuthority(), e);
      }
    }
    return false;
  }

  private String why(Throwable cause) {
    String said = String.valueOf(cause.getMessage());
    EtcdAccess access = settings.access();
    return access.passwordFile().isPresent() && said.contains(Status.Code.UNAUTHENTICATED.name())
        ? "it does not take the user '%s' with the password of %s"
            .formatted(access.user(), access.passwordFile().get())
        : said;
  }

  /** gRPC tries again for ever and reports to nobody what fails. */
  private String reason() {
    if (tls == null) {
      return "";
    }
    int millis = Math.toIntExact(settings.timeout().toMillis());
    return EtcdTls.problem(tls, settings.endpoints().get(0), millis)
        .map(problem -> " (" + problem + ")")
        .orElse("");
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

  /** Fails: it is not what a worker registers. */
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
