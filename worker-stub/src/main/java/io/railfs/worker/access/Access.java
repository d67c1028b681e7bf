// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.access;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Dialled;
import io.railfs.fabric.trust.Secret;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Decides which client is let in, and what it may read. Thread-safe. */
public final class Access implements AutoCloseable {
  private final AccessSettings settings;
  private final Trust trust;

  private Access(AccessSettings settings) throws FabricException {
    this.settings = requireNonNull(settings, "settings is null");
    this.trust = Trust.open(settings.trust(), Side.WORKER, settings.secrets().keySet());
  }

  /**
   * Reads the files.
   *
   * @throws FabricException with one sentence where one cannot be used
   */
  public static Access open(AccessSettings settings) throws FabricException {
    return new Access(settings);
  }

  public Trust trust() {
    return trust;
  }

  /**
   * Returns if a client says what it has connected to, or cannot.
   *
   * @param local the address that the connection has here
   * @throws ProtocolException where it says nothing
   */
  public void requireDialled(SocketAddress local, byte[] dialled) throws ProtocolException {
    if (dialled.length == 0 && local instanceof InetSocketAddress) {
      throw new ProtocolException(
          ErrorCode.UNTRUSTED,
          "the client's proof does not say which address it has connected to, so the client is of an older release; upgrade it to the release of this worker");
    }
  }

  /**
   * Returns if a client has connected to this worker itself, and not to somebody who passes its
   * proof on.
   *
   * @param local the address that the connection has here
   * @param dialled the one that the client says in its proof
   * @throws ProtocolException where the two differ and the latter is not in the settings
   */
  public void requireReached(SocketAddress local, byte[] dialled) throws ProtocolException {
    if (!Arrays.equals(Dialled.bytes(local), dialled)
        && Dialled.address(dialled).filter(settings::isFurther).isEmpty()) {
      throw new ProtocolException(
          ErrorCode.UNTRUSTED,
          "the client has connected to %s and its proof came here from somebody else; where addresses are translated on the way and nobody stands between, name that one in railfs.worker.security.further-addresses of this worker"
              .formatted(Dialled.text(dialled)));
    }
  }

  /** What a client may read that has proven that it knows the secret. */
  public PathGrant of(Secret secret) {
    // Trust takes no secret that stands in two files.
    return settings.secrets().getOrDefault(secret.source(), PathGrant.ALL);
  }

  /**
   * What a client may read by its certificate.
   *
   * @throws ProtocolException where its name is not known
   */
  public PathGrant ofPeer(Channel channel) throws ProtocolException {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null || settings.certificates().isEmpty()) {
      return PathGrant.ALL;
    }
    X509Certificate certificate;
    try {
      certificate = (X509Certificate) tls.engine().getSession().getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException e) {
      throw new ProtocolException(
          ErrorCode.UNTRUSTED, "this worker takes no client without a certificate", e);
    }
    String name = commonName(certificate);
    PathGrant grant = trust.isOwn(certificate) ? PathGrant.ALL : settings.certificates().get(name);
    if (grant == null) {
      throw new ProtocolException(
          ErrorCode.UNTRUSTED,
          "the client's certificate has the name '%s', which is not in railfs.worker.security.certificates of this worker; add it there or use another"
              .formatted(name));
    }
    return grant;
  }

  private static String commonName(X509Certificate certificate) {
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          return String.valueOf(part.getValue());
        }
      }
      return "";
    } catch (InvalidNameException e) {
      throw new IllegalStateException("a certificate's name is one by RFC 2253", e);
    }
  }

  @Override
  public void close() {
    trust.close();
  }
}
