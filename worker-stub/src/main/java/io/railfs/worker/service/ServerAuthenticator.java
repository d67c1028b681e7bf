// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.channel.Channel;
import io.railfs.fabric.trust.Secret;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import io.railfs.worker.access.Access;
import io.railfs.worker.access.PathGrant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a connection must prove before it may ask for anything: HELLO and, with secrets, PROVE
 * (docs/adr/0014). Used by its event loop alone.
 *
 * <pre>
 *   new --HELLO--> open                                no secret is asked for
 *   new --HELLO--> challenged --PROVE--> open          else
 *   anything else: ProtocolException, and the connection is to be closed
 * </pre>
 */
final class ServerAuthenticator {
  private static final Logger log = LoggerFactory.getLogger(ServerAuthenticator.class);

  /** Bytes of the body of what a stranger may say. */
  private static final int MAX_BODY = 4 << 10;

  private final Access access;
  private final BlockOffers offers;
  private PathGrant grant = PathGrant.ALL;
  private Secret secret;
  private byte[] clientNonce;
  private byte[] workerNonce;
  private boolean open;
  private int attemptTimeoutMillis;
  private HelloRequest asked = HelloRequest.getDefaultInstance();

  /**
   * @param offers what a client is offered once it is let in
   */
  ServerAuthenticator(Access access, BlockOffers offers) {
    this.access = requireNonNull(access, "access is null");
    this.offers = requireNonNull(offers, "offers is null");
  }

  boolean isOpen() {
    return open;
  }

  /** What the client may read, once it is open. */
  PathGrant grant() {
    return grant;
  }

  /** How long the client waits for an answer before it asks elsewhere; 0 where it did not say. */
  int attemptTimeoutMillis() {
    return attemptTimeoutMillis;
  }

  /** Whether what the client has proven is not accepted any more. */
  boolean isRevoked() {
    return open && secret != null && !access.trust().accepts(secret);
  }

  /**
   * Takes the next frame.
   *
   * @param helloReply of the worker now; empty while it starts
   * @return the reply
   * @throws ProtocolException to refuse the connection
   */
  MessageLite take(Channel channel, Opcode opcode, Frame frame, Optional<HelloReply> helloReply)
      throws ProtocolException {
    if (frame.body().size() > MAX_BODY) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          "a frame before the client is let in is longer than " + MAX_BODY + " bytes");
    }
    if (opcode != (workerNonce == null ? Opcode.HELLO : Opcode.PROVE)) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST,
          workerNonce == null
              ? "the first frame of a connection must be HELLO"
              : "the frame after HELLO must be PROVE here");
    }
    HelloReply whole =
        helloReply.orElseThrow(
            () -> new ProtocolException(ErrorCode.BUSY, "the worker is starting; try again"));
    return workerNonce == null
        ? hello(channel, frame.parse(HelloRequest.parser()), whole)
        : prove(channel, frame.parse(ProveRequest.parser()), whole);
  }

  private MessageLite hello(Channel channel, HelloRequest client, HelloReply helloReply)
      throws ProtocolException {
    log.debug(
        "{} is {} of release {}",
        channel.remoteAddress(),
        client.getClient(),
        client.getSoftwareVersion());
    grant = access.ofPeer(channel);
    attemptTimeoutMillis = Math.max(0, client.getAttemptTimeoutMillis());
    asked = client;
    if (!access.trust().usesSecrets()) {
      open = true;
      return offering(helloReply, asked);
    }
    if (client.getSecretId().isEmpty()) {
      throw untrusted(
          "this worker takes no client without a secret; name the file that holds it in"
              + " railfs.security.secret-file of the client");
    }
    if (client.getNonce().size() != Secret.NONCE_LENGTH) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "the nonce has not " + Secret.NONCE_LENGTH + " bytes");
    }
    secret =
        access
            .trust()
            .find(client.getSecretId().toByteArray())
            .orElseThrow(
                () ->
                    untrusted(
                        "the client's secret is none of this worker's; give the file of"
                            + " railfs.security.secret-file the same content on both sides"));
    clientNonce = client.getNonce().toByteArray();
    workerNonce = Secret.nonce();
    return HelloReply.newBuilder().setNonce(ByteString.copyFrom(workerNonce)).build();
  }

  private MessageLite prove(Channel channel, ProveRequest request, HelloReply helloReply)
      throws ProtocolException {
    byte[] proof = request.getProof().toByteArray();
    byte[] dialled = request.getDialled().toByteArray();
    int version = FrameHeader.VERSION;
    access.requireDialled(channel.localAddress(), dialled);
    if (!secret.accepts(proof, Secret.Role.CLIENT, version, clientNonce, workerNonce, dialled)) {
      throw untrusted("the client did not prove that it knows the secret");
    }
    access.requireReached(channel.localAddress(), dialled);
    grant = grant.and(access.of(secret));
    if (grant.isNothing()) {
      // No paths in the reply means everything.
      throw untrusted(
          "the client's secret and its certificate have no path in common that it may read; change"
              + " railfs.worker.security of this worker");
    }
    open = true;
    ByteString body = offering(helloReply, asked).toByteString();
    byte[] own =
        secret.proof(
            Secret.Role.WORKER, version, clientNonce, workerNonce, dialled, body.toByteArray());
    return ProveReply.newBuilder().setProof(ByteString.copyFrom(own)).setGreeting(body).build();
  }

  private static ProtocolException untrusted(String sentence) {
    return new ProtocolException(ErrorCode.UNTRUSTED, sentence);
  }

  /** The HELLO reply for this client, which is let in, with what it asks for. */
  HelloReply offering(HelloReply helloReply, HelloRequest request) {
    HelloReply reply = restricted(helloReply);
    if (request.getLocalHost().isEmpty() && !request.getWantsRdma()) {
      return reply;
    }
    HelloReply.Builder builder = reply.toBuilder();
    if (!request.getLocalHost().isEmpty()) {
      builder.setLocal(offers.local(request.getLocalHost()));
    }
    if (request.getWantsRdma()) {
      builder.setRdma(offers.rdma());
    }
    return builder.build();
  }

  /** A HELLO reply, with what this client may read. */
  private HelloReply restricted(HelloReply helloReply) {
    return grant.isAll()
        ? helloReply
        : helloReply.toBuilder()
            .addAllPaths(grant.paths().stream().map(RailPath::toByteString).toList())
            .build();
  }
}
