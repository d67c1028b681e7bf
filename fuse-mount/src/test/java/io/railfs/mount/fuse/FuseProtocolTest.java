// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.mount.DirectorySource;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.fuse.KernelSide.Reply;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.protocol.RailPath;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session whose kernel is a test. */
@Timeout(120)
final class FuseProtocolTest {
  private static final long FLAGS = 0xffff_ffffL | 1L << 35;
  private static final int SIZE = 300_001;
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path root;
  private final byte[] content = new byte[SIZE];
  private DirectorySource source;
  private KernelSide kernel;
  private RailFileSystem fileSystem;
  private FuseMount session;

  @BeforeEach
  void begin() throws Exception {
    new Random(1).nextBytes(content);
    Files.createDirectories(root.resolve("dir"));
    Files.write(root.resolve("dir/file"), content);
    source = new DirectorySource(root);
    kernel = new KernelSide();
    fileSystem = fileSystem();
    CompletableFuture<Reply> init = kernel.begin(40, FLAGS);
    session = FuseMount.serve(fileSystem, kernel.mountEnd(), options());
    assertThat(init.get(30, TimeUnit.SECONDS).errno()).isZero();
  }

  private RailFileSystem fileSystem() {
    return new RailFileSystem(
        source,
        source,
        new MetadataCache(10 << 20, 10 << 20, LONG, LONG),
        new PageCache(24L << 20, 64),
        new RailFileSystem.Settings(
            new PrefetchSettings(0, 0, 0, 1000, 1000),
            LONG,
            LONG,
            RailFileSystem.SOON,
            4 << 20,
            1000));
  }

  private static FuseConfig options() {
    return new FuseConfig(List.of(), new FuseConfig.Timeouts(LONG, LONG, LONG), 8, 16, 1 << 20);
  }

  @AfterEach
  void end() throws Exception {
    kernel.hangUp();
    assertThat(session.awaitEnd(Duration.ofSeconds(30))).isTrue();
    assertThat(session.isBroken()).isFalse();
    session.close();
    kernel.close();
    source.close();
  }

  private long lookup(long directory, String name) throws Exception {
    Reply reply = kernel.call(Wire.LOOKUP, directory, KernelSide.text(name));
    assertThat(reply.errno()).isZero();
    assertThat(reply.body().limit()).isEqualTo(Wire.ENTRY_OUT);
    return reply.longAt(0);
  }

  private void forget(long node, long count) {
    kernel.tell(Wire.FORGET, node, KernelSide.body(8).putLong(0, count));
  }

  private long open(int opcode, long node) throws Exception {
    Reply reply = kernel.call(opcode, node, KernelSide.body(8));
    assertThat(reply.errno()).isZero();
    return reply.longAt(0);
  }

  private static ByteBuffer readIn(long handle, long offset, int size) {
    return KernelSide.body(40).putLong(0, handle).putLong(8, offset).putInt(16, size);
  }

  private byte[] read(long node, long handle, long offset, int size) throws Exception {
    Reply reply = kernel.call(Wire.READ, node, readIn(handle, offset, size));
    assertThat(reply.errno()).isZero();
    return reply.bytes();
  }

  private void release(int opcode, long node, long handle) throws Exception {
    assertThat(kernel.call(opcode, node, KernelSide.body(24).putLong(0, handle)).errno()).isZero();
  }

  /** Until nothing but the root is left, sweeping as often as it takes. */
  private void awaitNothingHeld() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              fileSystem.nodes().sweep(0);
              assertThat(fileSystem.nodes().size()).isEqualTo(1);
            });
  }

  /** What was sent may still have to be received. */
  private void awaitTakenBack(String name) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(kernel.takenBack).contains(name));
  }

  @Test
  void aNameWhoseAnswerIsSentAfterARefreshIsTakenBack() throws Exception {
    long dir = lookup(NodeTable.ROOT, "dir");
    AtomicBoolean isRefreshed = new AtomicBoolean();
    source.onStat =
        () -> {
          if (isRefreshed.compareAndSet(false, true)) {
            refreshAll();
          }
        };
    lookup(dir, "file");
    // The refresh itself did not find it among the names that the kernel had.
    awaitTakenBack("file");
    assertThat(isRefreshed).isTrue();
  }

  private void refreshAll() {
    try {
      fileSystem.refresh(RailPath.ROOT, true, LONG);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFileIsLookedUpOpenedReadAndForgotten() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    long file = lookup(directory, "file");
    Reply attributes = kernel.call(Wire.GETATTR, file, KernelSide.body(16));
    assertThat(attributes.longAt(16 + 8)).as("size").isEqualTo(SIZE);
    assertThat(attributes.intAt(16 + 60) & 0170000).as("type").isEqualTo(0100000);
    long handle = open(Wire.OPEN, file);
    // A socket carries less at a time than the kernel takes.
    for (int offset = 0; offset < SIZE; offset += 100_000) {
      assertThat(read(file, handle, offset, 100_000))
          .isEqualTo(Arrays.copyOfRange(content, offset, Math.min(SIZE, offset + 100_000)));
    }
    assertThat(read(file, handle, SIZE - 5, 4096))
        .isEqualTo(Arrays.copyOfRange(content, SIZE - 5, SIZE));
    forget(file, 1);
    forget(directory, 1);
    assertThat(read(file, handle, 1, 10)).isEqualTo(Arrays.copyOfRange(content, 1, 11));
    release(Wire.RELEASE, file, handle);
    awaitNothingHeld();
    assertThat(fileSystem.openHandles()).isZero();
  }

  @Test
  void aMissingNameIsANodeOfZeroThatMayBeBelieved() throws Exception {
    Reply reply = kernel.call(Wire.LOOKUP, NodeTable.ROOT, KernelSide.text("missing"));
    assertThat(reply.errno()).isZero();
    assertThat(reply.longAt(0)).isZero();
    assertThat(reply.longAt(16)).as("seconds").isEqualTo(60);
  }

  @Test
  void anotherVersionIsAnotherNodeAndTheOldOneIsToldToBeLookedUpAgain() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    long old = lookup(directory, "file");
    long handle = open(Wire.OPEN, old);
    read(old, handle, 0, 4096);
    Files.writeString(root.resolve("dir/file"), "another one");
    source.failFetches = io.railfs.client.ClusterException.Failure.STALE;
    Reply stale = kernel.call(Wire.READ, old, readIn(handle, 200_000, 4096));
    assertThat(stale.errno()).isEqualTo(Errno.ESTALE);
    source.failFetches = null;
    awaitTakenBack("file");
    assertThat(kernel.call(Wire.OPEN, old, KernelSide.body(8)).errno()).isEqualTo(Errno.ESTALE);
    Reply before = kernel.call(Wire.GETATTR, old, KernelSide.body(16));
    assertThat(before.longAt(16 + 8)).as("of the open descriptor").isEqualTo(SIZE);
    long fresh = lookup(directory, "file");
    assertThat(fresh).isNotEqualTo(old);
    long freshHandle = open(Wire.OPEN, fresh);
    assertThat(new String(read(fresh, freshHandle, 0, 4096), StandardCharsets.US_ASCII))
        .isEqualTo("another one");
    release(Wire.RELEASE, old, handle);
    assertThat(kernel.call(Wire.GETATTR, old, KernelSide.body(16)).errno()).isEqualTo(Errno.ESTALE);
    release(Wire.RELEASE, fresh, freshHandle);
  }

  @Test
  void aRefreshTakesBackThatThereWasNoSuchName() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    for (boolean listed : new boolean[] {false, true}) {
      String name = "missing" + listed;
      if (listed) {
        // Now the listing says so.
        open(Wire.OPENDIR, directory);
      }
      assertThat(kernel.call(Wire.LOOKUP, directory, KernelSide.text(name)).longAt(0)).isZero();
      Files.writeString(root.resolve("dir/" + name), "here now");
      fileSystem.refresh(RailPath.of("/dir"), false, LONG);
      awaitTakenBack(name);
      assertThat(lookup(directory, name)).isPositive();
    }
  }

  @Test
  void anOldHandleOfADirectoryDoesNotOverruleWhatIsKnownSince() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    long handle = open(Wire.OPENDIR, directory);
    long old = lookup(directory, "file");
    Files.writeString(root.resolve("dir/file"), "another one");
    fileSystem.refresh(RailPath.of("/dir"), true, LONG);
    awaitTakenBack("file");
    awaitTakenBack("dir");
    long fresh = lookup(directory, "file");
    assertThat(fresh).isNotEqualTo(old);
    Reply entries = kernel.call(Wire.READDIRPLUS, directory, readIn(handle, 0, 4096));
    assertThat(entries.body().limit()).as("., .., file").isEqualTo(3 * (128 + 32));
    assertThat(entries.longAt(2 * (128 + 32))).as("node of the old version").isZero();
    assertThat(fileSystem.nodes().isSuperseded(fresh)).isFalse();
    release(Wire.RELEASEDIR, directory, handle);
  }

  @Test
  void aListingWithAttributesCountsALookupForEachEntryAndABatchGivesThemBack() throws Exception {
    for (int i = 0; i < 1000; i++) {
      Files.createFile(root.resolve("dir/name" + i));
    }
    long directory = lookup(NodeTable.ROOT, "dir");
    long handle = open(Wire.OPENDIR, directory);
    List<Long> nodes = new ArrayList<>();
    List<Long> inodes = new ArrayList<>();
    long offset = 0;
    int got;
    do {
      Reply part = kernel.call(Wire.READDIRPLUS, directory, readIn(handle, offset, 8192));
      assertThat(part.errno()).isZero();
      got = part.body().limit();
      for (int at = 0; at < got; ) {
        if (part.longAt(at) != 0) {
          nodes.add(part.longAt(at));
          inodes.add(part.longAt(at + 40));
          assertThat(part.longAt(at + 128)).as("inode").isEqualTo(part.longAt(at + 40));
        }
        offset = part.longAt(at + 128 + 8);
        at += 128 + (24 + part.intAt(at + 128 + 16) + 7 & ~7);
      }
    } while (got > 0);
    assertThat(nodes).hasSize(1001).doesNotHaveDuplicates();
    assertThat(inodes).doesNotHaveDuplicates();
    long file = lookup(directory, "file");
    assertThat(nodes).contains(file);
    release(Wire.RELEASEDIR, directory, handle);
    nodes.add(file);
    nodes.add(directory);
    ByteBuffer batch = KernelSide.body(8 + 16 * nodes.size()).putInt(0, nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      batch.putLong(8 + 16 * i, nodes.get(i)).putLong(16 + 16 * i, 1);
    }
    kernel.tell(Wire.BATCH_FORGET, 0, batch);
    awaitNothingHeld();
  }

  @Test
  void lookupsAndForgetsThatOvertakeEachOtherLeaveTheRightCount() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    long file = lookup(directory, "file");
    List<CompletableFuture<Reply>> lookups = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      lookups.add(kernel.ask(Wire.LOOKUP, directory, KernelSide.text("file")));
      if (i >= 100) {
        // The kernel forgets only what it got.
        assertThat(lookups.get(i - 100).get(30, TimeUnit.SECONDS).longAt(0)).isEqualTo(file);
        forget(file, 1);
      }
    }
    for (CompletableFuture<Reply> lookup : lookups.subList(lookups.size() - 100, lookups.size())) {
      assertThat(lookup.get(30, TimeUnit.SECONDS).longAt(0)).isEqualTo(file);
    }
    assertThat(fileSystem.nodes().isTold(file)).isTrue();
    forget(file, 101);
    forget(directory, 1);
    awaitNothingHeld();
  }

  @Test
  void fileHandlesAreFoundByDotAndDotDotAlsoAfterTheKernelForgotThem() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    long file = lookup(directory, "file");
    forget(file, 1);
    forget(directory, 1);
    assertThat(lookup(file, ".")).isEqualTo(file);
    assertThat(lookup(file, "..")).isEqualTo(directory);
    assertThat(lookup(directory, "..")).isEqualTo(NodeTable.ROOT);
    forget(file, 1);
    forget(directory, 1);
    awaitNothingHeld();
    Reply gone = kernel.call(Wire.LOOKUP, file, KernelSide.text("."));
    assertThat(gone.errno()).isEqualTo(Errno.ESTALE);
  }

  @Test
  void whatIsNotUnderstoodIsRefusedAndWhatWantsNoReplyGetsNone() throws Exception {
    for (int unknown : new int[] {49, 50, 52, 4096, -1}) {
      assertThat(kernel.call(unknown, NodeTable.ROOT, KernelSide.body(16)).errno())
          .isEqualTo(Errno.ENOSYS);
    }
    for (int change :
        new int[] {
          Wire.SETATTR, Wire.MKDIR, Wire.UNLINK, Wire.RENAME2, Wire.WRITE, Wire.CREATE, Wire.TMPFILE
        }) {
      assertThat(kernel.call(change, NodeTable.ROOT, KernelSide.body(64)).errno())
          .isEqualTo(Errno.EROFS);
    }
    kernel.tell(Wire.INTERRUPT, 0, KernelSide.body(8).putLong(0, 2));
    assertThat(kernel.call(Wire.STATFS, NodeTable.ROOT, KernelSide.body(0)).errno()).isZero();
    assertThat(kernel.open()).isZero();
  }

  @Test
  void requestsThatAreTooShortOrLieAboutTheirLengthAreRefused() throws Exception {
    for (int opcode = 0; opcode < 60; opcode++) {
      Reply reply =
          kernel
              .askWrongly(opcode, NodeTable.ROOT, KernelSide.body(0), 4096)
              .get(30, TimeUnit.SECONDS);
      assertThat(reply.errno()).as("opcode %d", opcode).isEqualTo(Errno.EINVAL);
      if (Wire.minBody(opcode) > 0) {
        reply =
            kernel
                .askWrongly(opcode, NodeTable.ROOT, KernelSide.body(1), Wire.IN_HEADER + 1)
                .get(30, TimeUnit.SECONDS);
        assertThat(reply.errno()).as("opcode %d", opcode).isEqualTo(Errno.EINVAL);
      }
    }
    ByteBuffer withoutEnd = ByteBuffer.wrap("name".getBytes(StandardCharsets.US_ASCII));
    assertThat(kernel.call(Wire.LOOKUP, NodeTable.ROOT, withoutEnd).errno())
        .isEqualTo(Errno.EINVAL);
    assertThat(kernel.call(Wire.LOOKUP, NodeTable.ROOT, KernelSide.text("n".repeat(256))).errno())
        .isEqualTo(Errno.ENAMETOOLONG);
    // A batch that says it has more than it has.
    kernel.tell(Wire.BATCH_FORGET, 0, KernelSide.body(24).putInt(0, -1).putLong(8, 77));
    assertThat(kernel.call(Wire.GETATTR, 4711, KernelSide.body(16)).errno())
        .isEqualTo(Errno.ESTALE);
    assertThat(kernel.call(Wire.READ, 1, readIn(4711, 0, 10)).errno()).isEqualTo(Errno.EIO);
    assertThat(lookup(NodeTable.ROOT, "dir")).isPositive();
  }

  @Test
  void asManyFilesAsMayBeOpenAreAndOneMoreIsRefused() throws Exception {
    long file = lookup(lookup(NodeTable.ROOT, "dir"), "file");
    List<Long> handles = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      handles.add(open(Wire.OPEN, file));
    }
    assertThat(kernel.call(Wire.OPEN, file, KernelSide.body(8)).errno()).isEqualTo(Errno.ENFILE);
    release(Wire.RELEASE, file, handles.remove(500));
    handles.add(open(Wire.OPEN, file));
    assertThat(handles).doesNotHaveDuplicates();
    for (long handle : handles) {
      release(Wire.RELEASE, file, handle);
    }
  }

  @Test
  void whenTheTableIsNearlyFullTheKernelIsToldToForgetColdNames() throws Exception {
    for (int i = 0; i < 60_000; i++) {
      Files.createFile(root.resolve("dir/a-name-of-common-length-" + i));
    }
    long directory = lookup(NodeTable.ROOT, "dir");
    for (int i = 0; i < 60_000; i += 500) {
      List<CompletableFuture<Reply>> lookups = new ArrayList<>();
      for (int j = i; j < i + 500; j++) {
        lookups.add(
            kernel.ask(Wire.LOOKUP, directory, KernelSide.text("a-name-of-common-length-" + j)));
      }
      for (CompletableFuture<Reply> lookup : lookups) {
        lookup.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(fileSystem.nodes().usedBytes())
        .isLessThanOrEqualTo(fileSystem.nodes().capacityBytes());
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(kernel.takenBack).hasSizeGreaterThan(1000));
    assertThat(session.reclaimed()).isPositive();
  }

  @Test
  void anotherSessionGoesOnUnderLoadWithWhatTheFirstOneWroteDown() throws Exception {
    long directory = lookup(NodeTable.ROOT, "dir");
    long file = lookup(directory, "file");
    long handle = open(Wire.OPEN, file);
    long open = open(Wire.OPENDIR, directory);
    AtomicBoolean over = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Random random = new Random(i);
      Thread thread =
          new Thread(
              () -> {
                try {
                  while (!over.get()) {
                    int offset = random.nextInt(SIZE - 5000);
                    byte[] expected = Arrays.copyOfRange(content, offset, offset + 5000);
                    assertThat(read(file, handle, offset, 5000)).isEqualTo(expected);
                    assertThat(lookup(directory, "file")).isEqualTo(file);
                    forget(file, 1);
                  }
                } catch (Throwable e) {
                  failure.compareAndSet(null, e);
                }
              });
      thread.start();
      readers.add(thread);
    }
    for (int times = 0; times < 3; times++) {
      handOver();
    }
    over.set(true);
    for (Thread thread : readers) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
    Reply entries = kernel.call(Wire.READDIR, directory, readIn(open, 0, 4096));
    assertThat(entries.body().limit()).as("., .., file").isEqualTo(3 * 32);
    release(Wire.RELEASE, file, handle);
    release(Wire.RELEASEDIR, directory, open);
    forget(file, 1);
    forget(directory, 1);
    awaitNothingHeld();
  }

  private void handOver() throws Exception {
    List<CompletableFuture<Reply>> wakes = Collections.synchronizedList(new ArrayList<>());
    assertThat(
            session.stop(
                () -> wakes.add(kernel.ask(Wire.STATFS, NodeTable.ROOT, KernelSide.body(0))),
                Duration.ofSeconds(30)))
        .isTrue();
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    session.write(new DataOutputStream(state));
    session.close();
    fileSystem = fileSystem();
    session =
        FuseMount.resume(
            fileSystem,
            kernel.mountEnd(),
            options(),
            new DataInputStream(new ByteArrayInputStream(state.toByteArray())));
    // By the one or the other: no request is lost.
    for (CompletableFuture<Reply> wake : wakes) {
      assertThat(wake.get(30, TimeUnit.SECONDS).errno()).isZero();
    }
  }

  @Test
  void aKernelThatIsTooOldIsRefusedInOneSentence() throws Exception {
    try (KernelSide old = new KernelSide()) {
      CompletableFuture<Reply> init = old.begin(30, FLAGS);
      assertThatThrownBy(() -> FuseMount.serve(fileSystem(), old.mountEnd(), options()))
          .isInstanceOf(FuseException.class)
          .hasMessageContaining("7.30")
          .hasMessageContaining("Linux 5.4");
      assertThat(init).isNotDone();
    }
  }

  @Test
  void onlyWhatTheKernelOffersIsAskedFor() throws Exception {
    try (KernelSide bare = new KernelSide()) {
      CompletableFuture<Reply> init = bare.begin(31, 1 | 1 << 22);
      FuseMount served = FuseMount.serve(fileSystem(), bare.mountEnd(), options());
      Reply reply = init.get(30, TimeUnit.SECONDS);
      assertThat(reply.intAt(12)).isEqualTo(1 | 1 << 22);
      bare.hangUp();
      assertThat(served.awaitEnd(Duration.ofSeconds(30))).isTrue();
      served.close();
    }
  }

  @Test
  void aStateThatIsNotOurOwnIsRefused() throws IOException {
    DataInputStream nonsense =
        new DataInputStream(new ByteArrayInputStream(new byte[] {0, 0, 0, 9, 1, 2, 3, 4}));
    assertThatThrownBy(() -> FuseMount.resume(fileSystem(), kernel.mountEnd(), options(), nonsense))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format 9");
  }
}
