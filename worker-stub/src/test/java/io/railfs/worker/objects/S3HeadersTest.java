// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.list;
import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.random;
import static io.railfs.worker.ufs.UfsContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Headers that requests need, and what those of answers say about their bytes. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class S3HeadersTest {
  private static final int SIZE = 600_000;
  private static final String CUSTOMER = "x-amz-server-side-encryption-customer-";
  private static final byte[] KEY = random(32);
  private static final String KEY_TEXT = Base64.getEncoder().encodeToString(KEY);

  private KeyServer server;

  @BeforeEach
  void start() throws Exception {
    server = KeyServer.start();
    server.put("d/f", random(SIZE));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Ufs open(Map<String, String> options) throws Exception {
    return open(options, 20_000, Map.of());
  }

  private Ufs open(Map<String, String> options, long timeout, Map<String, String> environment)
      throws Exception {
    StoreLocation location = server.location(options);
    return ObjectUfs.open(
        location,
        timeout,
        new S3Store(location, KeyServer.LIMITS, timeout, environment),
        KeyServer.health());
  }

  private static byte[] read(Ufs ufs) throws UfsException {
    ByteBuffer target = ByteBuffer.allocate(SIZE);
    ufs.read(path("/d/f"), ufs.stat(path("/d/f")).version(), 0, target);
    return target.array();
  }

  @Test
  void whoAsksPaysWhereTheConfSaysSo() throws Exception {
    try (Ufs ufs = open(Map.of("enable_request_payer", "true"))) {
      assertThat(list(ufs, "/d")).hasSize(1);
      assertThat(read(ufs)).isEqualTo(random(SIZE));
    }
    assertThat(server.requests).anyMatch(each -> each.startsWith("HEAD"));
    assertThat(server.headers)
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each).containsEntry("x-amz-request-payer", "requester"));
    server.headers.clear();
    try (Ufs ufs = open(Map.of())) {
      assertThat(read(ufs)).isEqualTo(random(SIZE));
    }
    assertThat(server.headers)
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each).doesNotContainKey("x-amz-request-payer"));
  }

  @Test
  void theCustomersKeyGoesWithEveryRequestForAnObject() throws Exception {
    String md5 = Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(KEY));
    try (Ufs ufs = open(Map.of("server_side_encryption_customer_key", KEY_TEXT))) {
      server.headers.clear();
      assertThat(read(ufs)).isEqualTo(random(SIZE));
      server.hidesLength = true;
      assertThat(ufs.stat(path("/d/f")).size()).isEqualTo(SIZE);
    }
    assertThat(server.requests).contains("HEAD d/f", "GET d/f");
    assertThat(server.headers)
        .hasSizeGreaterThanOrEqualTo(6)
        .allSatisfy(
            each ->
                assertThat(each)
                    .containsEntry(CUSTOMER + "algorithm", "AES256")
                    .containsEntry(CUSTOMER + "key", KEY_TEXT)
                    .containsEntry(CUSTOMER + "key-md5", md5));
  }

  @Test
  void aCustomersKeyThatCannotBeUsedIsRefusedWithoutShowingIt() {
    String option = "server_side_encryption_customer_";
    for (Map<String, String> wrong :
        List.of(
            Map.of(option + "key", "hush!"),
            Map.of(option + "key", "aHVzaA=="),
            Map.of(option + "algorithm", "AES256"),
            Map.of(option + "key", KEY_TEXT, "endpoint", "http://store.example"))) {
      assertThatThrownBy(() -> open(wrong))
          .as("%s", wrong)
          .isInstanceOf(ObjectException.class)
          .hasMessageContaining(option)
          .hasMessageNotContainingAny("hush", "aHVzaA", KEY_TEXT, "\n");
    }
  }

  private static String crc32(byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, length);
    return Base64.getEncoder()
        .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  @Test
  void bytesThatDoNotFitTheirChecksumAreReadAgainOrAnError() throws Exception {
    server.checksum = "AAAAAA==";
    try (Ufs ufs = open(Map.of())) {
      server.checksums.set(3);
      assertThat(read(ufs)).isEqualTo(random(SIZE));
      assertThat(server.checksums.get()).isZero();
      assertThat(server.headers)
          .anyMatch(each -> "ENABLED".equals(each.get("x-amz-checksum-mode")));
    }
    try (Ufs ufs = open(Map.of(), 2_000, Map.of())) {
      server.checksums.set(100_000);
      assertThatThrownBy(() -> read(ufs))
          .isInstanceOf(UfsException.class)
          .hasMessageContaining("does not fit its checksum")
          .hasMessageNotContaining("\n");
      assertThat(refusal(() -> read(ufs))).isEqualTo(ErrorCode.UFS_FAILED);
    }
    Map<String, String> unchecked = Map.of("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required");
    try (Ufs ufs = open(Map.of(), 20_000, unchecked)) {
      server.headers.clear();
      server.checksums.set(100_000);
      assertThat(read(ufs)).isEqualTo(random(SIZE));
      assertThat(server.headers).noneMatch(each -> each.containsKey("x-amz-checksum-mode"));
    }
  }

  @Test
  void aChecksumOfOtherBytesThanTheRangeIsNotHeldAgainstThem() throws Exception {
    // Ranges of 256 KiB: of the whole object, which the answers say it is.
    server.checksum = crc32(random(SIZE), 0, SIZE);
    server.checksumType = "FULL_OBJECT";
    server.checksums.set(100_000);
    try (Ufs ufs = open(Map.of())) {
      assertThat(read(ufs)).isEqualTo(random(SIZE));
    }
    // Of the checksums of the parts of an object that one range reads whole.
    server.put("d/small", random(1_000));
    server.checksum = "AAAAAA==";
    server.checksumType = "COMPOSITE";
    try (Ufs ufs = open(Map.of())) {
      ByteBuffer target = ByteBuffer.allocate(1_000);
      ufs.read(path("/d/small"), ufs.stat(path("/d/small")).version(), 0, target);
      assertThat(target.array()).isEqualTo(random(1_000));
    }
    // Of the very bytes.
    server.checksumType = "FULL_OBJECT";
    try (Ufs ufs = open(Map.of(), 2_000, Map.of())) {
      assertThat(
              refusal(
                  () ->
                      ufs.read(
                          path("/d/small"),
                          ufs.stat(path("/d/small")).version(),
                          0,
                          ByteBuffer.allocate(1_000))))
          .isEqualTo(ErrorCode.UFS_FAILED);
    }
  }
}
