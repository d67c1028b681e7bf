package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** AWS Signature Version 4 of GET requests without a body. Immutable; never shows its keys. */
final class S3Signature {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final String NO_BODY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final String keyId;
  private final String secret;
  private final String sessionToken;
  private final String region;

  /**
   * @param sessionToken empty where there is none
   */
  S3Signature(String keyId, String secret, String sessionToken, String region) {
    this.keyId = requireNonNull(keyId, "keyId is null");
    this.secret = requireNonNull(secret, "secret is null");
    this.sessionToken = requireNonNull(sessionToken, "sessionToken is null");
    this.region = requireNonNull(region, "region is null");
  }

  /** The headers to send, but for Host. */
  Map<String, String> headers(URI uri, SortedMap<String, String> query, Instant now) {
    String time = TIME.format(now);
    TreeMap<String, String> headers = new TreeMap<>();
    headers.put("x-amz-content-sha256", NO_BODY);
    headers.put("x-amz-date", time);
    if (!sessionToken.isEmpty()) {
      headers.put("x-amz-security-token", sessionToken);
    }
    TreeMap<String, String> signed = new TreeMap<>(headers);
    signed.put("host", host(uri));
    String names = String.join(";", signed.keySet());
    String request =
        String.join(
            "\n",
            "GET",
            uri.getRawPath(),
            canonicalQuery(query),
            signed.entrySet().stream()
                .map(header -> header.getKey() + ":" + header.getValue() + "\n")
                .collect(Collectors.joining()),
            names,
            NO_BODY);
    String scope = time.substring(0, 8) + "/" + region + "/s3/aws4_request";
    String toSign = String.join("\n", "AWS4-HMAC-SHA256", time, scope, hex(sha256(request)));
    headers.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + keyId
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + hex(hmac(signingKey(time.substring(0, 8)), toSign)));
    return headers;
  }

  /** As the JDK's client writes the Host header. */
  private static String host(URI uri) {
    int usual = uri.getScheme().equals("https") ? 443 : 80;
    int port = uri.getPort();
    return port < 0 || port == usual ? uri.getHost() : uri.getHost() + ":" + port;
  }

  private byte[] signingKey(String day) {
    byte[] key = hmac(("AWS4" + secret).getBytes(UTF_8), day);
    return hmac(hmac(hmac(key, region), "s3"), "aws4_request");
  }

  /** Names and values in order, each encoded as RFC 3986 says. */
  static String canonicalQuery(SortedMap<String, String> query) {
    return query.entrySet().stream()
        .map(part -> encoded(part.getKey()) + "=" + encoded(part.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0;
      if (plain) {
        out.append(c);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
      }
    }
    return out.toString();
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
