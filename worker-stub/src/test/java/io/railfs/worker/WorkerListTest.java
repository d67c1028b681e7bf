// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FileType;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkerListTest {
  private static final int ENTRIES = 100_000;

  /** Names that fill parts by their bytes. */
  private static final int LONG_NAMES = 4_000;

  @TempDir static Path directory;
  private static TestMount disk;
  private static Worker worker;

  @BeforeAll
  static void start() throws Exception {
    // Making and removing so many files takes long on some disks.
    disk = TestMount.tmpfs(directory.resolve("ufs"), "size=64m,nr_inodes=200k");
    Path ufs = disk.path();
    Path big = Files.createDirectory(ufs.resolve("big"));
    Files.createDirectory(ufs.resolve("empty"));
    for (int i = 0; i < ENTRIES; i++) {
      Files.createFile(big.resolve("file-with-a-name-" + i));
    }
    Path longNames = Files.createDirectory(ufs.resolve("long"));
    for (int i = 0; i < LONG_NAMES; i++) {
      Files.createFile(longNames.resolve(longName(i)));
    }
    worker = Worker.start(TestSettings.of(ufs, directory.resolve("store")));
  }

  @AfterAll
  static void stop() throws Exception {
    worker.close();
    disk.close();
  }

  private static String longName(int number) {
    return "%04d".formatted(number) + "n".repeat(251);
  }

  private static ListRequest request(String path) {
    return ListRequest.newBuilder().setPath(ByteString.copyFromUtf8(path)).build();
  }

  @Test
  void aDirectoryOfAHundredThousandEntriesArrivesWholeInModestParts() throws Exception {
    Set<String> names = new HashSet<>();
    assertThat(list("/big", names)).isGreaterThanOrEqualTo(ENTRIES / 2_000);
    assertThat(names).hasSize(ENTRIES);
  }

  @Test
  void partsThatAreFullByBytesDropNoEntry() throws Exception {
    Set<String> names = new HashSet<>();
    assertThat(list("/long", names)).isGreaterThan(LONG_NAMES / 2_000);
    assertThat(names).hasSize(LONG_NAMES);
    for (int i = 0; i < LONG_NAMES; i++) {
      assertThat(names).contains(longName(i));
    }
  }

  /** Lists a directory of regular files; how many parts came. */
  private static int list(String path, Set<String> names) throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      rpc.send(Opcode.LIST, request(path));
      int parts = 0;
      boolean more = true;
      while (more) {
        TestClient.Reply reply = rpc.receive();
        assertThat(reply.frame().header().bodyLength()).isLessThan(1 << 20);
        for (DirectoryEntry entry : reply.parse(ListReply.parser()).getEntriesList()) {
          assertThat(entry.getAttributes().getType()).isEqualTo(FileType.REGULAR);
          assertThat(names.add(entry.getName().toStringUtf8())).isTrue();
        }
        parts++;
        more = reply.frame().header().hasMore();
      }
      return parts;
    }
  }

  @Test
  void anEmptyDirectoryIsOneEmptyPart() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      TestClient.Reply reply = rpc.call(Opcode.LIST, request("/empty"));
      assertThat(reply.parse(ListReply.parser()).getEntriesCount()).isZero();
      assertThat(reply.frame().header().hasMore()).isFalse();
    }
  }

  @Test
  void listingWhatIsNoDirectoryIsRefused() throws Exception {
    try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
      assertThat(rpc.call(Opcode.LIST, request("/none")).error().getCode())
          .isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(rpc.call(Opcode.LIST, request("/big/file-with-a-name-0")).error().getCode())
          .isEqualTo(ErrorCode.NOT_A_DIRECTORY);
    }
  }

  @Test
  void aClientThatLeavesAmidItsListingsLeavesNoOpenDirectoryBehind() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (TestClient rpc = TestClient.connect(worker.rpcPort())) {
        for (int j = 0; j < 3; j++) {
          rpc.send(Opcode.LIST, request("/big"));
        }
        rpc.receive();
      }
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(openDirectories()).isZero());
  }

  private static long openDirectories() throws Exception {
    String big = directory.toRealPath().resolve("ufs/big").toString();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(descriptor -> big.equals(target(descriptor))).count();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (java.io.IOException e) {
      // Closed since the listing.
      return "";
    }
  }
}
