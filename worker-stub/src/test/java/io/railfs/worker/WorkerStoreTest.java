// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckReply;
import io.railfs.protocol.messages.CheckRequest;
import io.railfs.protocol.messages.DirectoryState;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FreeReply;
import io.railfs.protocol.messages.FreeRequest;
import io.railfs.protocol.messages.LoadReply;
import io.railfs.protocol.messages.LoadRequest;
import io.railfs.protocol.messages.PinReply;
import io.railfs.protocol.messages.PinRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import io.railfs.protocol.messages.UnpinReply;
import io.railfs.protocol.messages.UnpinRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LOAD, FREE, CHECK, PIN and UNPIN over the wire. */
final class WorkerStoreTest {
  private static final int SIZE = 4 * TestSettings.BLOCK + 1000;

  @TempDir Path directory;
  private Worker worker;
  private TestClient client;
  private FileVersion version;

  @BeforeEach
  void start() throws Exception {
    Path ufs = Files.createDirectory(directory.resolve("ufs"));
    Files.write(ufs.resolve("f"), new byte[SIZE]);
    worker = Worker.start(TestSettings.of(ufs, directory.resolve("store")));
    client = TestClient.connect(worker.rpcPort());
    version = client.stat("/f").version();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    worker.close();
  }

  private BlockSet blocks(String path, FileVersion of, Integer... indexes) {
    return BlockSet.newBuilder()
        .setPath(ByteString.copyFromUtf8(path))
        .setVersion(of.toMessage())
        .addAllBlocks(List.of(indexes))
        .build();
  }

  private TestClient.Reply load(BlockSet blocks, boolean pin) throws Exception {
    return client.call(Opcode.LOAD, LoadRequest.newBuilder().setBlocks(blocks).setPin(pin).build());
  }

  private CheckReply check(BlockSet blocks) throws Exception {
    return client
        .call(Opcode.CHECK, CheckRequest.newBuilder().setBlocks(blocks).build())
        .parse(CheckReply.parser());
  }

  @Test
  void blocksAreLoadedCheckedPinnedUnpinnedAndFreed() throws Exception {
    BlockSet all = blocks("/f", version, 0, 1, 2, 3, 4);
    assertThat(check(all)).isEqualTo(CheckReply.getDefaultInstance());
    LoadReply loaded = load(blocks("/f", version, 1, 4), false).parse(LoadReply.parser());
    assertThat(loaded.getLoadedBlocks()).isEqualTo(2);
    assertThat(loaded.getLoadedBytes()).isEqualTo(TestSettings.BLOCK + 1000);
    loaded = load(all, false).parse(LoadReply.parser());
    assertThat(loaded.getLoadedBlocks()).isEqualTo(3);
    assertThat(loaded.getPresentBlocks()).isEqualTo(2);
    assertThat(check(all).getCachedBytes()).isEqualTo(SIZE);
    PinReply pinned =
        client
            .call(
                Opcode.PIN, PinRequest.newBuilder().setBlocks(blocks("/f", version, 0, 2)).build())
            .parse(PinReply.parser());
    assertThat(pinned.getPinnedBlocks()).isEqualTo(2);
    assertThat(check(all).getPinnedBlocksList()).containsExactly(0, 2);
    FreeReply freed =
        client
            .call(Opcode.FREE, FreeRequest.newBuilder().setBlocks(all).build())
            .parse(FreeReply.parser());
    assertThat(freed.getFreedBlocks()).isEqualTo(3);
    assertThat(freed.getPinnedBlocks()).isEqualTo(2);
    assertThat(check(all).getCachedBlocksList()).containsExactly(0, 2);
    UnpinReply unpinned =
        client
            .call(Opcode.UNPIN, UnpinRequest.newBuilder().setAll(true).build())
            .parse(UnpinReply.parser());
    assertThat(unpinned.getUnpinnedBlocks()).isEqualTo(2);
    StatusReply status =
        client.call(Opcode.STATUS, StatusRequest.getDefaultInstance()).parse(StatusReply.parser());
    assertThat(status.getFreed()).isEqualTo(3);
    assertThat(status.getLoadedBytes()).isEqualTo(SIZE);
    assertThat(status.getPinnedBlocks()).isZero();
    assertThat(status.getDirectories(0).getState()).isEqualTo(DirectoryState.HEALTHY);
  }

  @Test
  void loadsThatCannotBeDoneSayWhy() throws Exception {
    FileVersion other = new FileVersion(SIZE, version.mtimeNanos() + 1, "");
    assertThat(load(blocks("/f", other, 0), false).error().getCode()).isEqualTo(ErrorCode.STALE);
    assertThat(load(blocks("/none", version, 0), false).error().getCode())
        .isEqualTo(ErrorCode.NOT_FOUND);
    for (BlockSet bad :
        List.of(
            blocks("/f", version),
            blocks("/f", version, 5),
            blocks("/f", version, -1),
            blocks("f", version, 0),
            blocks("/f", new FileVersion(-1, 0, ""), 0),
            blocks("/f", version, IntStream.range(0, 4097).boxed().toArray(Integer[]::new)))) {
      assertThat(load(bad, false).error().getCode()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
    assertThat(load(blocks("/f", version, 0), false).parse(LoadReply.parser()).getLoadedBlocks())
        .isEqualTo(1);
  }

  private byte firstByteOf(String identity, String dataset) throws Exception {
    WorkerSettings settings =
        TestSettings.with(
            directory.resolve(dataset),
            directory.resolve("other"),
            "railfs.worker.file-identity = " + identity);
    try (Worker other = Worker.start(settings);
        TestClient rpc = TestClient.connect(other.rpcPort());
        TestClient data = TestClient.connect(other.dataPort())) {
      return data.read("/x", rpc.stat("/x").version(), 0, TestSettings.BLOCK).payload()[0];
    }
  }

  @Test
  void aStoreOfOneDatasetServesNothingOfItForAnother() throws Exception {
    for (int v = 1; v <= 2; v++) {
      Path file = Files.createDirectories(directory.resolve("v" + v)).resolve("x");
      byte[] content = new byte[SIZE];
      java.util.Arrays.fill(content, (byte) v);
      Files.write(file, content);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L));
    }
    for (String identity : List.of("inode", "times")) {
      assertThat(firstByteOf(identity, "v1")).isEqualTo((byte) 1);
      assertThat(firstByteOf(identity, "v2")).isEqualTo((byte) 2);
      assertThat(firstByteOf(identity, "v1")).isEqualTo((byte) 1);
    }
  }
}
