// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.railfs.fabric.FabricException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the files of railfs.security.tls make. Immutable.
 *
 * @param context of one side's connections, TLS 1.3 alone
 * @param sockets the same for blocking sockets, null for a worker
 * @param own this side's certificate, null where it has none
 * @param names whether a worker is known by its name
 */
record Tls(SslContext context, JdkSslContext sockets, X509Certificate own, boolean names) {
  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  static final String VERSION = "TLSv1.3";

  /** The one that processors are fastest at first. */
  private static final List<String> CIPHERS =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private static final SslProvider FASTEST = fastest();

  /** How long a connection may go on from another's session, without certificates. */
  private static final long SESSION_SECONDS = 60;

  /** BoringSSL takes a third of the processor time; its library may not load everywhere. */
  private static SslProvider fastest() {
    if (OpenSsl.isAvailable()) {
      return SslProvider.OPENSSL;
    }
    log.warn(
        "BoringSSL is not available ({}); RailFS encrypts with the JDK's own TLS, which is slower",
        String.valueOf(OpenSsl.unavailabilityCause()));
    return SslProvider.JDK;
  }

  /** The files to watch. */
  static List<Path> files(TlsSettings settings) {
    return Stream.of(settings.certificate(), settings.key(), settings.ca())
        .flatMap(file -> file.stream())
        .toList();
  }

  static Tls load(TlsSettings settings, Side side) throws FabricException {
    if (side == Side.CLIENT ? settings.ca().isEmpty() : settings.certificate().isEmpty()) {
      String lacking = side == Side.CLIENT ? "ca" : "certificate";
      throw new FabricException(
          "railfs.security.tls.enabled is true and railfs.security.tls."
              + lacking
              + " is empty; name the file in PEM of "
              + (side == Side.CLIENT
                  ? "the CA that signs the workers' certificates"
                  : "this worker's certificate, and that of its key"));
    }
    PrivateKey key = settings.key().isPresent() ? Pem.key(settings.key().get()) : null;
    List<X509Certificate> chain =
        key == null ? List.of() : Pem.chain(settings.certificate().orElseThrow(), key);
    List<X509Certificate> trusted = new ArrayList<>();
    if (side == Side.OWN_WORKER) {
      // A worker that is asked by its own conf is known by its certificate, whatever its name.
      trusted.add(chain.get(0));
    } else if (settings.ca().isPresent()) {
      trusted.addAll(Pem.certificates("CA", settings.ca().get()));
    }
    try {
      return new Tls(
          context(side, key, chain, trusted, FASTEST),
          side == Side.WORKER
              ? null
              : (JdkSslContext) context(side, key, chain, trusted, SslProvider.JDK),
          chain.isEmpty() ? null : chain.get(0),
          side == Side.CLIENT);
    } catch (SSLException | IllegalArgumentException e) {
      throw new FabricException("the files of railfs.security.tls cannot be used: " + e, e);
    }
  }

  private static SslContext context(
      Side side,
      PrivateKey key,
      List<X509Certificate> chain,
      List<X509Certificate> trusted,
      SslProvider provider)
      throws SSLException {
    X509Certificate[] own = chain.toArray(X509Certificate[]::new);
    SslContextBuilder builder =
        side == Side.WORKER
            ? SslContextBuilder.forServer(key, own)
                .clientAuth(trusted.isEmpty() ? ClientAuth.NONE : ClientAuth.REQUIRE)
            : SslContextBuilder.forClient()
                .endpointIdentificationAlgorithm(side == Side.OWN_WORKER ? "" : "HTTPS");
    if (side != Side.WORKER && key != null) {
      builder.keyManager(key, own);
    }
    if (!trusted.isEmpty()) {
      builder.trustManager(trusted.toArray(X509Certificate[]::new));
    }
    if (provider == SslProvider.JDK) {
      // BoringSSL has these three, in this order, and takes no others.
      builder.ciphers(CIPHERS);
    }
    return builder.sslProvider(provider).protocols(VERSION).sessionTimeout(SESSION_SECONDS).build();
  }
}
