// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;

/**
 * A customer's own key (SSE-C), which goes with every request for an object.
 *
 * @param algorithm null, as the others, where there is no key
 * @param key in Base64
 * @param md5 of the key, in Base64
 */
record CustomerKey(String algorithm, String key, String md5) {
  static final CustomerKey NONE = new CustomerKey(null, null, null);

  private static final String NAME = "server_side_encryption_customer_";
  private static final String USUAL = "AES256";
  private static final int USUAL_BYTES = 32;

  /** Never shows the key. */
  @Override
  public String toString() {
    return algorithm == null ? "none" : algorithm;
  }

  /** What the options say; algorithm and MD5 may be left out. */
  static CustomerKey of(S3Options options) throws ObjectException {
    if (!options.has(NAME + "key")) {
      if (options.has(NAME + "algorithm") || options.has(NAME + "key_md5")) {
        throw wrong(
            "a " + NAME + "algorithm or _md5 belongs to a " + NAME + "key, which is not set");
      }
      return NONE;
    }
    Optional<URI> endpoint = options.endpoint();
    if (endpoint.isPresent() && isInTheClear(endpoint.get())) {
      throw wrong(NAME + "key would go over the network in the clear; use an https:// endpoint");
    }
    String algorithm = options.has(NAME + "algorithm") ? options.of(NAME + "algorithm") : USUAL;
    String key = options.of(NAME + "key");
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(key);
    } catch (IllegalArgumentException e) {
      // Not its text, and not the exception's, which shows a letter of it.
      throw wrong(NAME + "key is not Base64");
    }
    if (algorithm.equals(USUAL) && bytes.length != USUAL_BYTES) {
      throw wrong(NAME + "key has not 32 bytes in Base64, as AES256 needs");
    }
    String md5 = options.has(NAME + "key_md5") ? options.of(NAME + "key_md5") : md5(bytes);
    return new CustomerKey(algorithm, key, md5);
  }

  /** A tunnel begins on this machine. */
  private static boolean isInTheClear(URI endpoint) {
    return endpoint.getScheme().equals("http")
        && !endpoint.getHost().matches("localhost|127\\.[0-9.]+|\\[::1\\]");
  }

  private static String md5(byte[] key) {
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(key));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  private static ObjectException wrong(String phrase) {
    return new ObjectException(Kind.MISCONFIGURED, phrase);
  }
}
