// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.PrivateFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Lets in whoever brings the token as "Authorization: Bearer TOKEN". Thread-safe. */
public final class TokenGate implements HttpGate {
  private static final int MIN_LENGTH = 16;
  private static final int MAX_LENGTH = 1024;
  private static final int MAX_FILE = 64 << 10;
  private static final String SCHEME = "bearer ";

  private final byte[] hash;

  private TokenGate(byte[] hash) {
    this.hash = hash;
  }

  /**
   * Reads the token, which is the only line of a file.
   *
   * @throws IOException with one sentence where the file cannot be read, is open to other users
   *     than its owner, or holds no token
   */
  public static TokenGate of(Path file) throws IOException {
    String token = read(file).strip();
    if (token.length() < MIN_LENGTH
        || token.length() > MAX_LENGTH
        || !token.matches("[\\x21-\\x7e]+")) {
      throw new IOException(
          "token file %s does not hold one line of %d to %d visible ASCII characters; make one: head -c 32 /dev/urandom | base64 > %s"
              .formatted(file, MIN_LENGTH, MAX_LENGTH, file));
    }
    return new TokenGate(sha256(token));
  }

  private static String read(Path file) throws IOException {
    try {
      return new String(PrivateFile.read("token file", file, MAX_FILE), ISO_8859_1);
    } catch (FabricException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void check(HttpRequest request) throws HttpException {
    String given = request.header("authorization").orElse("");
    boolean bearer = given.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    String token = bearer ? given.substring(SCHEME.length()).strip() : "";
    // Of hashes, in constant time: neither content nor length can be learnt from the time it takes.
    if (!MessageDigest.isEqual(hash, sha256(token))) {
      throw new HttpException(401, "this needs the header 'Authorization: Bearer TOKEN'");
    }
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
