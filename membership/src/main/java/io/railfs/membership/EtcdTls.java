// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** The encryption of what is said to etcd, by the JDK's TLS. */
final class EtcdTls {
  /** How long etcd may take to turn a certificate down, which it does behind the handshake. */
  private static final int REFUSAL_MILLIS = 500;

  private EtcdTls() {}

  /** Fails: one sentence where a file cannot be used. */
  static JdkSslContext context(EtcdAccess access) throws FabricException {
    SslContextBuilder builder =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
    if (access.ca().isPresent()) {
      builder.trustManager(
          Pem.certificates("CA of etcd", access.ca().get()).toArray(X509Certificate[]::new));
    }
    if (access.certificate().isPresent()) {
      PrivateKey key = Pem.key(access.key().orElseThrow());
      builder.keyManager(
          key, Pem.chain(access.certificate().get(), key).toArray(X509Certificate[]::new));
    }
    try {
      return (JdkSslContext) builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new FabricException(
          "the files of railfs.membership.etcd.tls cannot be used: " + e.getMessage(), e);
    }
  }

  /** What a handshake with an etcd fails with, which gRPC keeps to itself; empty for nothing. */
  static Optional<String> problem(JdkSslContext context, URI endpoint, int timeoutMillis) {
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), timeoutMillis);
      plain.setSoTimeout(timeoutMillis);
      handshake(context, plain, endpoint.getHost());
      return Optional.empty();
    } catch (SocketTimeoutException e) {
      // Nothing came, so nothing was turned down.
      return Optional.empty();
    } catch (SSLException e) {
      return Optional.of(
          "its TLS cannot be trusted or does not trust this side: " + e.getMessage());
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static void handshake(JdkSslContext context, Socket plain, String host)
      throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            context.context().getSocketFactory().createSocket(plain, host, plain.getPort(), true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket.setSoTimeout(REFUSAL_MILLIS);
      int unused = socket.getInputStream().read();
    }
  }
}
