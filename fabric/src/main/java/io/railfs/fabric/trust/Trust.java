// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.fabric.FabricException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one side of all connections proves and asks for, out of files that are looked at every few
 * seconds: a change holds for connections that begin after it. Thread-safe; nothing but the look
 * itself touches a file.
 */
public final class Trust implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Trust.class);

  /** It would only serve to find an old session again, which TLS 1.3 gains little by. */
  private static final int NO_PORT = -1;

  private final List<WatchedFiles<List<Secret>>> secrets = new ArrayList<>();
  private final Optional<WatchedFiles<List<Secret>>> own;
  private final Optional<WatchedFiles<Tls>> tls;
  private final LongAdder reloads = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final ScheduledExecutorService watch;

  private Trust(TrustSettings settings, Side side, Collection<Path> further)
      throws FabricException {
    own =
        settings.secretFile().isPresent()
            ? Optional.of(secrets(settings.secretFile().get()))
            : Optional.empty();
    own.ifPresent(secrets::add);
    for (Path file : further) {
      secrets.add(secrets(file));
    }
    tls =
        settings.tls().isPresent()
            ? Optional.of(tls(settings.tls().get(), side))
            : Optional.empty();
    watch = secrets.isEmpty() && tls.isEmpty() ? null : start(settings);
  }

  private WatchedFiles<List<Secret>> secrets(Path file) throws FabricException {
    return new WatchedFiles<>(List.of(file), () -> alone(SecretFile.read(file)));
  }

  /** What a secret opens must not depend on which file is found first. */
  private List<Secret> alone(List<Secret> mine) throws FabricException {
    for (Secret secret : mine) {
      for (WatchedFiles<List<Secret>> file : secrets) {
        for (Secret other : file.get()) {
          if (other.isNamed(secret.id()) && !other.source().equals(secret.source())) {
            throw new FabricException(
                "secret files %s and %s hold the same secret, so that it is not clear what it opens; put another into one of them"
                    .formatted(other.source(), secret.source()));
          }
        }
      }
    }
    return mine;
  }

  private static WatchedFiles<Tls> tls(TlsSettings settings, Side side) throws FabricException {
    return new WatchedFiles<>(Tls.files(settings), () -> Tls.load(settings, side));
  }

  private ScheduledExecutorService start(TrustSettings settings) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("railfs-trust", true));
    long nanos = settings.reloadInterval().toNanos();
    ScheduledFuture<?> unused =
        thread.scheduleWithFixedDelay(this::look, nanos, nanos, TimeUnit.NANOSECONDS);
    return thread;
  }

  /**
   * Reads the files.
   *
   * @throws FabricException with one sentence where one cannot be used
   */
  public static Trust open(TrustSettings settings, Side side) throws FabricException {
    return open(settings, side, List.of());
  }

  /**
   * As {@link #open(TrustSettings, Side)}.
   *
   * @param further files with secrets that are accepted and that this process does not use
   */
  public static Trust open(TrustSettings settings, Side side, Collection<Path> further)
      throws FabricException {
    return new Trust(settings, side, further);
  }

  private void look() {
    try {
      secrets.forEach(this::look);
      tls.ifPresent(this::look);
    } catch (RuntimeException e) {
      log.error("looking at the files of railfs.security failed: internal error (bug)", e);
    }
  }

  private void look(WatchedFiles<?> files) {
    switch (files.look()) {
      case SAME -> {}
      case RELOADED -> reloads.increment();
      case FAILED -> failures.increment();
    }
  }

  /** Whether peers must prove that they know a secret. */
  public boolean usesSecrets() {
    return !secrets.isEmpty();
  }

  /** Whether connections are encrypted. */
  public boolean usesTls() {
    return tls.isPresent();
  }

  /** The secret that this process proves itself with, as it is now. */
  public Optional<Secret> secret() {
    return own.map(file -> file.get().get(0));
  }

  /** The secret that is accepted now and has this id. */
  public Optional<Secret> find(byte[] id) {
    return secrets.stream()
        .flatMap(file -> file.get().stream())
        .filter(secret -> secret.isNamed(id))
        .findFirst();
  }

  /** Whether a secret is still accepted. */
  public boolean accepts(Secret secret) {
    return secrets.stream().anyMatch(file -> file.get().contains(secret));
  }

  /** The handler that encrypts a connection which a client has made. */
  public SslHandler serverHandler(ByteBufAllocator allocator, long handshakeMillis) {
    return limited(tls().context().newHandler(allocator), handshakeMillis);
  }

  /**
   * The handler that encrypts a connection to a worker.
   *
   * @param name of the worker, or an address, which its certificate must have
   */
  public SslHandler clientHandler(ByteBufAllocator allocator, String name, long handshakeMillis) {
    return limited(tls().context().newHandler(allocator, name, NO_PORT), handshakeMillis);
  }

  private static SslHandler limited(SslHandler handler, long handshakeMillis) {
    handler.setHandshakeTimeoutMillis(handshakeMillis);
    return handler;
  }

  /** An encrypted socket over a connected one, which it takes over. */
  public Socket encrypt(Socket socket, String name) throws IOException {
    SSLSocket encrypted =
        (SSLSocket)
            tls()
                .sockets()
                .context()
                .getSocketFactory()
                .createSocket(socket, name, socket.getPort(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setProtocols(new String[] {Tls.VERSION});
    parameters.setEndpointIdentificationAlgorithm(tls().names() ? "HTTPS" : null);
    encrypted.setSSLParameters(parameters);
    encrypted.startHandshake();
    return encrypted;
  }

  /** Whether a certificate is this process's own. */
  public boolean isOwn(X509Certificate certificate) {
    return certificate.equals(tls().own());
  }

  private Tls tls() {
    return tls.orElseThrow(() -> new IllegalStateException("TLS is off")).get();
  }

  /** How often changed files have come into use. */
  public long reloads() {
    return reloads.sum();
  }

  /** How often changed files could not be used. */
  public long failures() {
    return failures.sum();
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.shutdownNow();
    }
  }
}
