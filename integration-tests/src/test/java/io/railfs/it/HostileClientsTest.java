// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameFuzz;
import io.railfs.protocol.FrameFuzz.Sound;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.ProbeRequest;
import io.railfs.protocol.messages.ReadRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.StatusRequest;
import io.railfs.protocol.messages.XattrRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A worker's process with the least memory that it can have, before crowds of hostile clients,
 * while a mount reads through it.
 */
final class HostileClientsTest {
  private static final int CROWD = 10_000;
  private static final int DESCRIPTORS = 12_000;
  private static final int FUZZED_CONNECTIONS = 150;
  private static final int FUZZED_FRAMES = 40;
  private static final int FILE_BYTES = 256 << 20;
  private static final int READ_BYTES = 64 << 10;

  /** Heap and buffers as they are set, and what a JVM needs besides. */
  private static final long MOST_RESIDENT = (64L + 64 + 200) << 20;

  private static final Duration SOON = Duration.ofSeconds(60);

  private final ExecutorService readers = Executors.newCachedThreadPool();
  private final AtomicLong reads = new AtomicLong();
  private volatile boolean enough;
  private static MountEnvironment playground;
  private static long worker;

  @BeforeAll
  static void start() throws IOException {
    Shell.bash(
            "[ \"$(ulimit -n)\" -ge $2 ] || prlimit --pid $1 --nofile=$2:$2",
            ProcessHandle.current().pid(),
            DESCRIPTORS)
        .ok();
    playground = MountEnvironment.create();
    playground.writeConf(
        "",
        """
        railfs.worker {
          heap = 64MiB
          direct-memory = 64MiB
          block-size = 1MiB
          loaders = 4
          limits { handshake-timeout = 3s, frame-timeout = 3s }
        }
        """);
    byte[] part = new byte[1 << 20];
    Random random = new Random(7);
    try (var out = Files.newOutputStream(playground.dataset.resolve("f"))) {
      for (int i = 0; i < FILE_BYTES; i += part.length) {
        random.nextBytes(part);
        out.write(part);
      }
    }
    playground.startWorker();
    playground.mount();
    worker = playground.workerPid();
  }

  @AfterAll
  static void stop() {
    playground.close();
  }

  @AfterEach
  void end() {
    enough = true;
    readers.shutdownNow();
  }

  /** Reads here and there and compares, until it is told that it is enough. */
  private Void read() throws IOException {
    byte[] expected = new byte[READ_BYTES];
    byte[] actual = new byte[READ_BYTES];
    Random random = new Random(11);
    Path mounted = playground.mountpoint.resolve("f");
    try (RandomAccessFile here = new RandomAccessFile(mounted.toFile(), "r");
        RandomAccessFile there =
            new RandomAccessFile(playground.dataset.resolve("f").toFile(), "r")) {
      while (!enough) {
        long offset = random.nextInt(FILE_BYTES - READ_BYTES);
        here.seek(offset);
        here.readFully(actual);
        there.seek(offset);
        there.readFully(expected);
        if (!Arrays.equals(actual, expected)) {
          throw new AssertionError("wrong bytes at " + offset);
        }
        reads.incrementAndGet();
      }
    }
    return null;
  }

  private void assertReadsGoOn() {
    long before = reads.get();
    await().atMost(SOON).until(() -> reads.get() > before + 20);
  }

  private void assertTheWorkerIsWell(Future<?> reader) throws Exception {
    await().atMost(SOON).until(() -> playground.railfs("worker", "status").out().contains(" ok "));
    assertThat(playground.workerPid()).as("the same process").isEqualTo(worker);
    long peak = Processes.peakResidentBytes(worker);
    System.out.println(
        "HostileClientsTest: the worker took " + (peak >> 20) + " MiB, " + reads + " reads");
    assertThat(peak).isLessThan(MOST_RESIDENT);
    enough = true;
    end(reader);
  }

  private static void end(Future<?> reader) throws InterruptedException, ExecutionException {
    try {
      reader.get(60, TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new AssertionError("the reader hangs", e);
    }
  }

  private static byte[] request(Opcode opcode, MessageLite body) {
    ByteBuf frame = Frame.request(UnpooledByteBufAllocator.DEFAULT, opcode, 1, body);
    try {
      return ByteBufUtil.getBytes(frame);
    } finally {
      frame.release();
    }
  }

  private static byte[] hello() {
    return request(Opcode.HELLO, HelloRequest.newBuilder().setClient("crowd").build());
  }

  @Test
  void tenThousandConnectionsThatAskNothingCostNeitherMemoryNorTheOthersTheirBytes()
      throws Exception {
    Future<?> reader = readers.submit(this::read);
    try (Crowd crowd = new Crowd()) {
      crowd.join(CROWD / 2, playground.dataPort, new byte[0]);
      assertReadsGoOn();
      crowd.join(CROWD / 2, playground.rpcPort, hello());
      assertReadsGoOn();
      await().atMost(SOON).until(() -> playground.railfs("worker", "status").exit() == 0);
      // Those that said no HELLO go; those that did stay, as far as there is room.
      await().atMost(SOON).until(() -> crowd.closed() >= CROWD / 2);
      assertThat(crowd.closed()).isLessThan(CROWD);
      assertReadsGoOn();
    }
    assertTheWorkerIsWell(reader);
  }

  @Test
  void slowLorisesAndLiarsOnEveryServiceAreCutOff() throws Exception {
    Future<?> reader = readers.submit(this::read);
    long handshakes = dismissed("handshake");
    long frames = dismissed("frame");
    long breaches = dismissed("protocol");
    byte[] large =
        request(
            Opcode.STAT,
            StatRequest.newBuilder()
                .setPath(ByteString.copyFrom(new byte[FrameHeader.MAX_REQUEST_LENGTH - 100]))
                .build());
    byte[] half = Arrays.copyOf(large, large.length - 1_000);
    byte[] lie = Arrays.copyOf(large, FrameHeader.LENGTH);
    Arrays.fill(lie, 16, 20, (byte) 0x7f);
    try (Crowd lorises = new Crowd();
        Crowd liars = new Crowd()) {
      lorises.join(125, playground.rpcPort, join(hello(), Arrays.copyOf(half, 1_000)));
      // More than what half requests may hold together.
      lorises.join(125, playground.dataPort, join(hello(), half));
      lorises.join(125, playground.rpcPort, Arrays.copyOf(half, 1_000));
      lorises.join(
          125, playground.webPort, "GET / HTTP/1.1\r\nHost: a\r\nX: ".getBytes(ISO_8859_1));
      for (int i = 0; i < 250; i++) {
        liars.join(1, playground.rpcPort, join(hello(), lie));
        liars.join(1, playground.dataPort, lie);
      }
      byte[] drip = {'x'};
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                lorises.say(drip);
                // Those of the web page have thirty seconds, as many as found a place.
                return lorises.closed() >= 375 + 125 - 32 && liars.closed() == 500;
              });
      assertReadsGoOn();
      assertThat(dismissed("handshake") - handshakes).isGreaterThanOrEqualTo(125);
      assertThat(dismissed("frame") - frames).isGreaterThanOrEqualTo(125);
      assertThat(dismissed("memory")).isPositive();
      assertThat(dismissed("protocol") - breaches).isGreaterThanOrEqualTo(500);
    }
    assertTheWorkerIsWell(reader);
  }

  @Test
  void fuzzedFramesOverSocketsBringNoDefectToLight() throws Exception {
    Future<?> reader = readers.submit(this::read);
    FrameFuzz fuzz = new FrameFuzz(FrameFuzz.seed("HostileClientsTest"));
    List<Sound> sound = sound();
    for (int i = 0; i < FUZZED_CONNECTIONS; i++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.writeBytes(hello());
      for (int k = 0; k < FUZZED_FRAMES; k++) {
        Sound one = sound.get(fuzz.random().nextInt(sound.size()));
        bytes.writeBytes(fuzz.next(one, List.of(hello(), new byte[] {10, 2, '/', 'f'})));
      }
      try (Crowd one = new Crowd()) {
        one.join(1, i % 2 == 0 ? playground.rpcPort : playground.dataPort, bytes.toByteArray());
        // Some are closed with what is left on its way, some by the worker.
        TimeUnit.MILLISECONDS.sleep(i % 3 * 5L);
        int unused = one.closed();
      }
    }
    assertReadsGoOn();
    assertThat(playground.workerLog()).doesNotContain(" ERROR ");
    assertTheWorkerIsWell(reader);
  }

  private static List<Sound> sound() {
    ByteString file = ByteString.copyFromUtf8("/f");
    List<Sound> all = new ArrayList<>();
    add(all, Opcode.STAT, StatRequest.newBuilder().setPath(file).build());
    add(all, Opcode.LIST, ListRequest.newBuilder().setPath(ByteString.copyFromUtf8("/")).build());
    add(all, Opcode.XATTR, XattrRequest.newBuilder().setPath(file).build());
    add(all, Opcode.STATUS, StatusRequest.getDefaultInstance());
    add(all, Opcode.PROBE, ProbeRequest.newBuilder().setLength(100).build());
    add(all, Opcode.READ, ReadRequest.newBuilder().setPath(file).setLength(16 << 10).build());
    return all;
  }

  private static void add(List<Sound> all, Opcode opcode, MessageLite body) {
    all.add(new Sound(0, opcode.code(), all.size(), body.toByteArray(), new byte[0]));
  }

  private static long dismissed(String reason) throws Exception {
    return metric("railfs_worker_connections_dismissed_total{reason=\"" + reason + "\"} ");
  }

  /** As the worker says, which is asked from an address that no crowd has. */
  private static long metric(String name) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + playground.webPort + "/metrics");
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(SOON).build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
        .sum();
  }

  @Test
  void aWorkerWithoutDescriptorsServesThoseItHasAndTakesOthersWhenItHasSomeAgain()
      throws Exception {
    // Opened while there are descriptors.
    Path mounted = playground.mountpoint.resolve("f");
    try (RandomAccessFile file = new RandomAccessFile(mounted.toFile(), "r");
        Crowd crowd = new Crowd()) {
      file.readByte();
      limit(descriptorsInUse() + 20);
      crowd.join(200, playground.rpcPort, new byte[0]);
      byte[] chunk = new byte[16 << 10];
      for (int i = 1; i < 60; i++) {
        // One block of the worker's store, whose file is open; the mount has none of it.
        file.seek((i * 7 % 60) * (long) chunk.length);
        file.readFully(chunk);
      }
      limit(DESCRIPTORS);
      await().atMost(SOON).until(() -> crowd.closed() == 200);
    }
    assertThat(metric("railfs_worker_accept_failures_total ")).isPositive();
    Future<?> reader = readers.submit(this::read);
    assertReadsGoOn();
    assertTheWorkerIsWell(reader);
  }

  private int descriptorsInUse() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + worker + "/fd"))) {
      return Math.toIntExact(descriptors.count());
    }
  }

  private void limit(int descriptors) {
    Shell.bash("prlimit --pid $1 --nofile=$2:", worker, descriptors).ok();
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
