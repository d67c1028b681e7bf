// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that clients and workers share, and what either proves with it. The secret itself never
 * leaves the process. Immutable.
 *
 * <p>A proof is HMAC-SHA-256 under the secret, over
 *
 * <pre>
 *   role label | 0 | wire version | id of the secret | nonce of the client | nonce of the worker | said
 *     ASCII      1        1             16 bytes            32 bytes              32 bytes
 * </pre>
 *
 * Both nonces are made for one connection, so that a proof is worth nothing on any other; the label
 * keeps one side's proof from being sent back as the other's. What the role says with its proof is
 * bound to it: the client the address that it has connected to ({@link Dialled}), the worker the
 * same, and its greeting.
 */
public final class Secret {
  /** Bytes of a nonce. */
  public static final int NONCE_LENGTH = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final int ID_LENGTH = 16;
  private static final byte[] ID_LABEL = "railfs secret id".getBytes(US_ASCII);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path source;
  private final SecretKeySpec key;
  private final byte[] id;

  /** Who proves that it knows the secret. */
  public enum Role {
    CLIENT("railfs client"),
    WORKER("railfs worker");

    private final String label;

    Role(String label) {
      this.label = label;
    }
  }

  /**
   * @param source the file that holds it
   * @param text the secret, as its line has it
   */
  Secret(Path source, String text) {
    this.source = requireNonNull(source, "source is null");
    this.key = new SecretKeySpec(text.getBytes(US_ASCII), ALGORITHM);
    this.id = Arrays.copyOf(hmac(List.of(ID_LABEL)), ID_LENGTH);
  }

  /** A nonce for one connection. */
  public static byte[] nonce() {
    byte[] nonce = new byte[NONCE_LENGTH];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  /** The file that holds it. */
  public Path source() {
    return source;
  }

  /** What names the secret on the wire: it follows from the secret and does not reveal it. */
  public byte[] id() {
    return id.clone();
  }

  boolean isNamed(byte[] other) {
    return MessageDigest.isEqual(id, other);
  }

  /**
   * What the role sends to prove that it knows the secret.
   *
   * @param said what nobody may change on the way
   */
  public byte[] proof(
      Role role, int wireVersion, byte[] clientNonce, byte[] workerNonce, byte[]... said) {
    byte[] prefix = {0, (byte) wireVersion};
    List<byte[]> parts = new ArrayList<>();
    parts.add(role.label.getBytes(US_ASCII));
    parts.add(prefix);
    parts.add(id);
    parts.add(clientNonce);
    parts.add(workerNonce);
    Collections.addAll(parts, said);
    return hmac(parts);
  }

  /** Whether a proof is right; takes the same time however much of it is. */
  public boolean accepts(
      byte[] proof,
      Role role,
      int wireVersion,
      byte[] clientNonce,
      byte[] workerNonce,
      byte[]... said) {
    return MessageDigest.isEqual(proof(role, wireVersion, clientNonce, workerNonce, said), proof);
  }

  private byte[] hmac(List<byte[]> parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && key.equals(secret.key) && source.equals(secret.source);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(id);
  }

  /** Its file; the secret is never shown. */
  @Override
  public String toString() {
    return "a secret of " + source;
  }
}
