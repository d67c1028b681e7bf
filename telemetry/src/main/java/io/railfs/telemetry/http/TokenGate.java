package io.railfs.telemetry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.Set;

/** Lets in whoever brings the token as "Authorization: Bearer TOKEN". Thread-safe. */
public final class TokenGate implements Gate {
  private static final int LEAST_LENGTH = 16;
  private static final int MOST_LENGTH = 1024;
  private static final String SCHEME = "bearer ";
  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

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
    if (!Files.isRegularFile(file)) {
      throw new IOException("token file " + file + " does not exist or is no file");
    }
    if (!OWNERS.containsAll(Files.getPosixFilePermissions(file))) {
      throw new IOException(
          "token file " + file + " is open to other users; run: chmod 600 " + file);
    }
    String token = Files.size(file) > MOST_LENGTH ? "" : Files.readString(file).strip();
    if (token.length() < LEAST_LENGTH || !token.matches("[\\x21-\\x7e]+")) {
      throw new IOException(
          "token file %s does not hold one line of %d to %d visible ASCII characters; make one: head -c 32 /dev/urandom | base64 > %s"
              .formatted(file, LEAST_LENGTH, MOST_LENGTH, file));
    }
    return new TokenGate(sha256(token));
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
