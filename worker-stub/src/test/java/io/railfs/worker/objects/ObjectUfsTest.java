// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.list;
import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.random;
import static io.railfs.worker.ufs.UfsContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Disturber;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Odd keys, faults and limits of an object store. */
final class ObjectUfsTest {
  private KeyServer server;

  @BeforeEach
  void start() throws Exception {
    server = KeyServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ObjectUfs open() throws Exception {
    return server.open(KeyServer.LIMITS, 10_000);
  }

  private static byte[] read(Ufs ufs, String path, int length) throws UfsException {
    ByteBuffer target = ByteBuffer.allocate(length);
    ufs.read(path(path), ufs.stat(path(path)).version(), 0, target);
    assertThat(target.hasRemaining()).isFalse();
    return target.array();
  }

  @Test
  void aDirectoryOfAHundredThousandKeysIsListedInPagesAndHoldsOneOfThem() throws Exception {
    int keys = 100_000;
    for (int i = 0; i < keys; i++) {
      server.put(String.format("many/%07d", i), new byte[1]);
    }
    try (Ufs ufs = open();
        Listing listing = ufs.list(path("/many"))) {
      assertThat(listing.next().name().toStringUtf8()).isEqualTo("0000000");
      assertThat(server.count("LIST")).isEqualTo(1);
      int count = 1;
      while (listing.next() != null) {
        count++;
      }
      assertThat(count).isEqualTo(keys);
      assertThat(server.count("LIST")).isEqualTo(keys / 1_000);
    }
  }

  @Test
  void keysThatAreNoNamesAreLeftOut() throws Exception {
    String tooLong = "x".repeat(256);
    for (String key :
        new String[] {
          "d/good", "d//b", "d/./c", "d/../e", "d/" + tooLong, "d/end ", "d/s/", "d/"
        }) {
      server.put(key, new byte[1]);
    }
    try (Ufs ufs = open()) {
      assertThat(list(ufs, "/d").keySet().stream().map(ByteString::toStringUtf8))
          .containsExactlyInAnyOrder("good", "s", "end ");
      assertThat(ufs.stat(path("/d/end ")).size()).isEqualTo(1);
      assertThat(list(ufs, "/d/s")).isEmpty();
    }
  }

  @Test
  void anObjectBesideKeysBelowItIsAFileUnlessItIsEmpty() throws Exception {
    for (String name :
        new String[] {"full", "full-1", "full/x", "marker-1", "marker/x", "marker."}) {
      server.put(name, new byte[1]);
    }
    server.put("marker", new byte[0]);
    server.put("lonely", new byte[0]);
    try (Ufs ufs = open()) {
      Map<ByteString, Attributes> root = list(ufs, "/");
      assertThat(root.keySet().stream().map(ByteString::toStringUtf8))
          .containsExactlyInAnyOrder("full", "full-1", "lonely", "marker", "marker-1", "marker.");
      for (Map.Entry<ByteString, Attributes> entry : root.entrySet()) {
        assertThat(entry.getValue()).isEqualTo(ufs.stat(path("/" + entry.getKey().toStringUtf8())));
      }
      assertThat(ufs.stat(path("/full")).isRegular()).isTrue();
      assertThat(ufs.stat(path("/marker")).isDirectory()).isTrue();
      assertThat(ufs.stat(path("/lonely")).isRegular()).isTrue();
    }
  }

  @Test
  void everythingIsRootsAndMayBeReadByAll() throws Exception {
    server.put("d/f", random(5));
    try (Ufs ufs = open()) {
      Attributes file = ufs.stat(path("/d/f"));
      Attributes directory = ufs.stat(path("/d"));
      assertThat(file.mode()).isEqualTo(0444);
      assertThat(directory.mode()).isEqualTo(0555);
      assertThat(file.uid() + file.gid() + directory.uid() + directory.gid()).isZero();
      assertThat(directory.mtimeNanos()).isZero();
      assertThat(ufs.xattrs(path("/d/f"))).isEmpty();
      assertThat(ufs.space().available()).isEqualTo(1L << 60);
    }
  }

  @Test
  void whatFailsForAMomentIsTriedAgain() throws Exception {
    server.put("f", random(1_000));
    try (Ufs ufs = open()) {
      for (int status : new int[] {500, 503, 429}) {
        server.status = status;
        server.failures.set(2);
        assertThat(read(ufs, "/f", 1_000)).as("after %s", status).isEqualTo(random(1_000));
        server.failures.set(2);
        assertThat(list(ufs, "/")).hasSize(1);
      }
    }
  }

  @Test
  void aRefusalAndAnAbsenceAreAskedOnce() throws Exception {
    server.put("f", random(1_000));
    try (Ufs ufs = open()) {
      server.status = 403;
      server.failures.set(1);
      assertThat(refusal(() -> ufs.stat(path("/f")))).isEqualTo(ErrorCode.ACCESS_DENIED);
      // The listing says what may not be read from what is not there.
      assertThat(server.requests).containsExactly("HEAD f", "LIST f");
      server.requests.clear();
      FileVersion version = new FileVersion(1, 1, "");
      assertThat(refusal(() -> ufs.read(path("/no"), version, 0, ByteBuffer.allocate(1))))
          .isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(server.count("GET")).isEqualTo(1);
    }
  }

  @Test
  void aBigBlockIsReadAsRangesAtOnceWithinTheLimit() throws Exception {
    byte[] content = random(4 << 20);
    server.put("f", content);
    // Long enough that requests sent at once meet, however late some of them are.
    server.delayMillis = 300;
    try (Ufs ufs = open()) {
      assertThat(read(ufs, "/f", content.length)).isEqualTo(content);
      assertThat(server.count("GET")).isEqualTo(16);
      assertThat(server.busiest.get()).isBetween(2, KeyServer.LIMITS.rangesPerBlock());
    }
  }

  @Test
  void anObjectReplacedWhileItIsReadIsWholeInOneVersionOrStale() throws Exception {
    int size = 2 << 20;
    server.put("f", new byte[size]);
    int good = 0;
    int stale = 0;
    // Between two replacements, grown or shrunk until reads end both ways on this machine.
    AtomicLong pause = new AtomicLong(20);
    try (Ufs ufs = open();
        Disturber writer =
            Disturber.start(
                i -> {
                  // No content comes back within a second, which is all that a version says.
                  server.put("f", filled(size, i % 251));
                  TimeUnit.MILLISECONDS.sleep(pause.get());
                })) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while ((good == 0 || stale == 0) && System.nanoTime() < end) {
        server.delayMillis = good == 0 ? 0 : 5;
        try {
          byte[] content = read(ufs, "/f", size);
          assertThat(Arrays.equals(content, filled(size, content[0]))).as("one version").isTrue();
          good++;
          pause.set(Math.max(5, pause.get() / 2));
        } catch (UfsException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.STALE);
          stale++;
          pause.set(Math.min(3_000, pause.get() * 2));
        }
      }
      assertThat(writer.rounds()).isPositive();
    }
    assertThat(good).isPositive();
    assertThat(stale).isPositive();
  }

  private static byte[] filled(int size, int value) {
    byte[] content = new byte[size];
    Arrays.fill(content, (byte) value);
    return content;
  }

  @Test
  void anObjectThatBecameShorterIsStale() throws Exception {
    server.put("f", random(1_000));
    try (Ufs ufs = open()) {
      FileVersion version = ufs.stat(path("/f")).version();
      for (int size : new int[] {600, 100}) {
        server.put("f", random(size));
        assertThat(refusal(() -> ufs.read(path("/f"), version, 500, ByteBuffer.allocate(500))))
            .isEqualTo(ErrorCode.STALE);
      }
    }
  }

  @Test
  void aStoreThatHangsEndsReadsAtTheDeadlineAndServesWhenItGoesOn() throws Exception {
    server.put("f", random(1_000));
    ObjectLimits limits = new ObjectLimits(200, 256 << 10, 4, 2, 0, 0);
    try (Ufs ufs = server.open(limits, 1_000)) {
      server.hanging = true;
      for (int i = 0; i < 2; i++) {
        long start = System.nanoTime();
        assertThat(refusal(() -> ufs.stat(path("/f")))).isEqualTo(ErrorCode.UFS_FAILED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        assertThat(refusal(() -> ufs.list(path("/")).close())).isEqualTo(ErrorCode.UFS_FAILED);
      }
      server.hanging = false;
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(read(ufs, "/f", 1_000)).isEqualTo(random(1_000)));
    }
  }

  @Test
  void aWorkerStartsWhileItsStoreIsDownAndServesWhenItIsBack() throws Exception {
    // Bound and not listened to: connections are refused, and nobody else is given the port.
    Socket down = new Socket();
    down.setReuseAddress(true);
    down.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    int port = down.getLocalPort();
    try (down;
        Ufs ufs =
            ObjectUfs.open(KeyServer.location(port), KeyServer.LIMITS, 500, KeyServer.health())) {
      assertThat(refusal(() -> ufs.stat(path("/f")))).isEqualTo(ErrorCode.UFS_FAILED);
      try (KeyServer back = KeyServer.start(port)) {
        back.put("f", random(10));
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .untilAsserted(() -> assertThat(read(ufs, "/f", 10)).isEqualTo(random(10)));
      }
    }
  }

  @Test
  void requestsAndBytesStayBelowTheirLimits() throws Exception {
    byte[] content = random(1 << 20);
    server.put("f", content);
    try (Ufs ufs = server.open(new ObjectLimits(5_000, 64 << 10, 4, 8, 20, 0), 20_000)) {
      long start = System.nanoTime();
      read(ufs, "/f", content.length);
      // 18 requests, of which the first is free.
      assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(800));
    }
    try (Ufs ufs = server.open(new ObjectLimits(5_000, 64 << 10, 4, 8, 0, 1 << 20), 20_000)) {
      long start = System.nanoTime();
      read(ufs, "/f", content.length);
      assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
    }
    try (Ufs ufs = server.open(new ObjectLimits(5_000, 64 << 10, 4, 8, 1, 0), 300)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(1))
          .untilAsserted(
              () -> assertThat(refusal(() -> ufs.stat(path("/f")))).isEqualTo(ErrorCode.BUSY));
    }
  }

  @Test
  void noMessageHoldsASecret() throws Exception {
    try (Ufs ufs = open()) {
      server.status = 400;
      server.failures.set(1_000);
      for (String name : new String[] {"/f", "/" + S3Server.SECRET}) {
        assertThatThrownBy(
                () -> ufs.read(path(name), new FileVersion(1, 1, ""), 0, ByteBuffer.allocate(1)))
            .hasMessageContaining("s3://dataset")
            .hasMessageContaining("Made400")
            .hasNoCause();
      }
    }
    Map<String, String> options = Map.of("secret_access_key", S3Server.SECRET, "region", "here");
    assertThat(
            Scrub.text(
                "at here with " + S3Server.SECRET + " http://x/?X-Amz-Signature=abc&y=1", options))
        .isEqualTo("at here with (hidden) http://x/?X-Amz-Signature=(hidden)&y=1");
    assertThat(KeyServer.location(1).toString()).isEqualTo("s3://dataset");
  }
}
