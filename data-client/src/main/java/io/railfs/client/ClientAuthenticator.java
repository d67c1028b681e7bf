// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.railfs.fabric.trust.Dialled;
import io.railfs.fabric.trust.Secret;
import io.railfs.fabric.trust.Trust;
import io.railfs.protocol.Bodies;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * How one connection introduces itself, and judges whether the worker is one: HELLO, and where this
 * process has a secret, PROVE after it. For one thread.
 */
public final class ClientAuthenticator {
  private final Optional<Secret> secret;
  private final byte[] dialled;
  private final byte[] nonce = Secret.nonce();
  private byte[] workerNonce;

  /**
   * @param trust its secret as it is now holds for the whole connection
   * @param remote the address that this process has connected to; a worker does not prove itself to
   *     a process that has connected elsewhere
   */
  public ClientAuthenticator(Trust trust, SocketAddress remote) {
    secret = trust.secret();
    dialled = Dialled.bytes(remote);
  }

  /** What to say first. */
  public HelloRequest hello(HelloRequest identity) {
    return secret.isEmpty()
        ? identity
        : identity.toBuilder()
            .setSecretId(ByteString.copyFrom(secret.get().id()))
            .setNonce(ByteString.copyFrom(nonce))
            .build();
  }

  /**
   * What to say next; empty where the handshake ends with this reply.
   *
   * @throws ProtocolException where the worker cannot be trusted
   */
  public Optional<ProveRequest> answer(HelloReply reply) throws ProtocolException {
    if (secret.isEmpty()) {
      if (!reply.getNonce().isEmpty()) {
        throw untrusted("asks for a proof that was not offered");
      }
      return Optional.empty();
    }
    if (reply.getNonce().size() != Secret.NONCE_LENGTH) {
      throw untrusted(
          "does not know the secret of railfs.security.secret-file: it asks for none; name the file"
              + " in the worker's configuration too");
    }
    workerNonce = reply.getNonce().toByteArray();
    byte[] proof =
        secret.get().proof(Secret.Role.CLIENT, FrameHeader.VERSION, nonce, workerNonce, dialled);
    return Optional.of(
        ProveRequest.newBuilder()
            .setProof(ByteString.copyFrom(proof))
            .setDialled(ByteString.copyFrom(dialled))
            .build());
  }

  /**
   * The HELLO reply of a worker that has proven that it knows the secret.
   *
   * @throws ProtocolException where it has not
   */
  public HelloReply greeting(ProveReply reply) throws ProtocolException {
    byte[] proof = reply.getProof().toByteArray();
    byte[] greeting = reply.getGreeting().toByteArray();
    if (!secret
        .orElseThrow()
        .accepts(
            proof,
            Secret.Role.WORKER,
            FrameHeader.VERSION,
            nonce,
            workerNonce,
            dialled,
            greeting)) {
      throw untrusted("did not prove that it knows the secret of railfs.security.secret-file");
    }
    try {
      return Bodies.parse(reply.getGreeting(), HelloReply.parser());
    } catch (InvalidProtocolBufferException e) {
      throw new ProtocolException(
          ErrorCode.INVALID_REQUEST, "sent a HELLO reply that is not valid protobuf", e);
    }
  }

  private static ProtocolException untrusted(String sentence) {
    return new ProtocolException(ErrorCode.UNTRUSTED, sentence);
  }
}
