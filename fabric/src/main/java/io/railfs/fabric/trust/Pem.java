// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.railfs.fabric.FabricException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys out of files in PEM. */
public final class Pem {
  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private Pem() {}

  /**
   * The certificates of a file, in its order, at least one.
   *
   * @param what they are, for messages
   */
  public static List<X509Certificate> certificates(String what, Path file) throws FabricException {
    try (InputStream in = Files.newInputStream(file)) {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> found =
          factory.generateCertificates(in).stream().map(X509Certificate.class::cast).toList();
      if (found.isEmpty()) {
        throw new FabricException(what + " " + file + " holds no certificate in PEM");
      }
      return found;
    } catch (IOException e) {
      throw new FabricException(what + " " + file + " cannot be read: " + e, e);
    } catch (CertificateException e) {
      throw new FabricException(
          what + " " + file + " does not hold certificates in PEM: " + e.getMessage(), e);
    }
  }

  /** This side's own certificate with those above it, valid now and fitting the key. */
  public static List<X509Certificate> chain(Path file, PrivateKey key) throws FabricException {
    List<X509Certificate> chain = certificates("certificate", file);
    X509Certificate own = chain.get(0);
    try {
      own.checkValidity();
    } catch (CertificateException e) {
      throw new FabricException(
          "certificate %s is valid from %s to %s only; renew it"
              .formatted(file, own.getNotBefore().toInstant(), own.getNotAfter().toInstant()),
          e);
    }
    if (!fits(key, own.getPublicKey())) {
      throw new FabricException(
          "certificate " + file + " is not for the key that is named beside it");
    }
    return chain;
  }

  /** A key that its owner alone can read. */
  public static PrivateKey key(Path file) throws FabricException {
    String text = new String(PrivateFile.read("key", file, MAX_BYTES), ISO_8859_1);
    Matcher body = KEY.matcher(text);
    if (body.find()) {
      byte[] bytes = Base64.getMimeDecoder().decode(body.group(1));
      for (String algorithm : List.of("EC", "RSA")) {
        Optional<PrivateKey> key = key(algorithm, bytes);
        if (key.isPresent()) {
          return key.get();
        }
      }
    }
    throw new FabricException(
        "key %s does not hold an EC or RSA key as PEM in PKCS#8 without a password; convert it: openssl pkcs8 -topk8 -nodes -in KEY -out %s"
            .formatted(file, file));
  }

  /** Empty where it is no key of this algorithm. */
  private static Optional<PrivateKey> key(String algorithm, byte[] bytes) {
    try {
      KeyFactory factory = KeyFactory.getInstance(algorithm);
      return Optional.of(factory.generatePrivate(new PKCS8EncodedKeySpec(bytes)));
    } catch (InvalidKeySpecException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has keys of " + algorithm, e);
    }
  }

  private static boolean fits(PrivateKey key, PublicKey publicKey) throws FabricException {
    String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
    try {
      byte[] sample = Secret.nonce();
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(sample);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(sample);
      return signature.verify(signed);
    } catch (InvalidKeyException | SignatureException e) {
      // Of different kinds.
      return false;
    } catch (GeneralSecurityException e) {
      throw new FabricException("keys of " + algorithm + " cannot be used here: " + e, e);
    }
  }
}
