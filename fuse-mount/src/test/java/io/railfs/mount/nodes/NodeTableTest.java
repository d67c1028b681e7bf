// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.nodes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.EntryType;
import io.railfs.protocol.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class NodeTableTest {
  private static final long MIB = 1 << 20;

  private final NodeTable table = new NodeTable(4 * MIB);

  private static byte[] bytes(String name) {
    return name.getBytes(ISO_8859_1);
  }

  private static long acquire(
      NodeTable in, long parent, String name, EntryType type, long version) {
    byte[] bytes = bytes(name);
    return in.acquire(parent, bytes, 0, bytes.length, type, version);
  }

  private long file(long parent, String name, long version) {
    return acquire(table, parent, name, EntryType.REGULAR, version);
  }

  private long directory(long parent, String name) {
    return acquire(table, parent, name, EntryType.DIRECTORY, 0);
  }

  private static String path(NodeTable in, long node) {
    byte[] bytes = new byte[4095];
    int start = in.path(node, bytes);
    return start < 0 ? null : new String(bytes, start, bytes.length - start, ISO_8859_1);
  }

  @Test
  void aNameInOneVersionIsOneNodeAndAnotherVersionIsAnother() {
    long directory = directory(NodeTable.ROOT, "dir");
    long first = file(directory, "file", 1);
    assertThat(file(directory, "file", 1)).isEqualTo(first);
    long second = file(directory, "file", 2);
    assertThat(second).isNotEqualTo(first);
    assertThat(table.isSuperseded(first)).isTrue();
    assertThat(table.isSuperseded(second)).isFalse();
    assertThat(path(table, first)).isEqualTo("/dir/file").isEqualTo(path(table, second));
    assertThat(path(table, NodeTable.ROOT)).isEqualTo("/");
    assertThat(table.find(directory, bytes("file"), 0, 4)).isEqualTo(second);
    assertThat(file(directory, "file", 1)).as("the old version again").isEqualTo(first);
    assertThat(table.isSuperseded(first)).isFalse();
    assertThat(table.isSuperseded(second)).isTrue();
  }

  @Test
  void aNodeStaysAsLongAsALookupAHandleOrAChildHoldsIt() {
    long directory = directory(NodeTable.ROOT, "dir");
    long file = file(directory, "file", 1);
    table.open(file);
    table.forget(directory, 1);
    table.forget(file, 1);
    table.sweep(0);
    assertThat(path(table, file)).isEqualTo("/dir/file");
    table.close(file);
    table.sweep(0);
    table.sweep(0);
    assertThat(table.isKnown(file)).isFalse();
    assertThat(table.isKnown(directory)).isFalse();
    assertThat(table.size()).isEqualTo(1);
    assertThat(table.usedBytes()).isEqualTo(NodeRows.ROW);
  }

  @Test
  void anIdThatWasForgottenNeverMeansAnotherNode() {
    Set<Long> ids = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      long id = file(NodeTable.ROOT, "name" + i % 3, i);
      assertThat(ids.add(id)).isTrue();
      table.forget(id, 1);
      table.sweep(0);
      assertThat(table.isKnown(id)).isFalse();
    }
    for (long id : ids) {
      assertThat(table.isKnown(id)).isFalse();
      assertThat(table.open(id)).isNegative();
      table.forget(id, 7);
    }
  }

  @Test
  void manyLookupsAreGivenBackAtOnce() {
    long id = file(NodeTable.ROOT, "file", 1);
    for (int i = 0; i < 99; i++) {
      assertThat(file(NodeTable.ROOT, "file", 1)).isEqualTo(id);
    }
    table.forget(id, 99);
    table.sweep(0);
    assertThat(table.isKnown(id)).isTrue();
    table.forget(id, 1);
    table.sweep(0);
    assertThat(table.isKnown(id)).isFalse();
  }

  @Test
  void forgottenNodesAreKeptForAWhileAndComeBackUnderTheSameId() {
    long id = file(NodeTable.ROOT, "file", 1);
    table.forget(id, 1);
    table.sweep(10);
    assertThat(table.isKnown(id)).isTrue();
    assertThat(file(NodeTable.ROOT, "file", 1)).isEqualTo(id);
    assertThat(table.forgotten()).isZero();
  }

  @Test
  void aFullTableRefusesAndServesAgainWhenSomethingWasForgotten() {
    List<Long> ids = new ArrayList<>();
    long id = file(NodeTable.ROOT, "n0123456789012345-0", 1);
    while (id != NodeTable.NONE) {
      ids.add(id);
      id = file(NodeTable.ROOT, "n0123456789012345-" + ids.size(), 1);
    }
    // Rows, names and the hash table share the limit.
    assertThat(ids.size() * (long) NodeTable.COMMON_BYTES).isBetween(3 * MIB, 4 * MIB + MIB / 8);
    assertThat(table.usedBytes()).isLessThanOrEqualTo(table.capacityBytes());
    table.forget(ids.get(5), 1);
    assertThat(file(NodeTable.ROOT, "n0123456789012345-x", 1)).isNotEqualTo(NodeTable.NONE);
    // Names of another length find room where all of one length have gone.
    ids.forEach(each -> table.forget(each, 1));
    table.sweep(0);
    for (int i = 0; i < 10_000; i++) {
      assertThat(file(NodeTable.ROOT, "a name that is much longer than those before " + i, 1))
          .isNotEqualTo(NodeTable.NONE);
    }
  }

  @Test
  void whoFindsNoRoomThoughThereSeemsToBeSomeHasColdNamesDropped() {
    List<Long> longOnes = new ArrayList<>();
    long id = file(NodeTable.ROOT, "x".repeat(200) + 0, 1);
    while (id != NodeTable.NONE) {
      longOnes.add(id);
      id = file(NodeTable.ROOT, "x".repeat(200) + longOnes.size(), 1);
    }
    longOnes.forEach(each -> table.forget(each, 1));
    table.sweep(0);
    assertThat(table.takeStarved()).isTrue();
    int count = 0;
    while (file(NodeTable.ROOT, "short" + count, 1) != NodeTable.NONE) {
      count++;
    }
    // Segments of names are never segments of rows.
    assertThat(table.usedBytes()).isLessThan(table.capacityBytes() / 2);
    assertThat(table.takeStarved()).isTrue();
    assertThat(table.takeStarved()).isFalse();
    long[] cold = new long[512];
    assertThat(table.cold(cold, 0, false)).isEqualTo(512);
    for (long each : cold) {
      table.forget(each, 1);
    }
    assertThat(file(NodeTable.ROOT, "short" + count, 1)).isNotEqualTo(NodeTable.NONE);
  }

  @Test
  void aNodeOfCommonLengthTakesAtMostEightyBytes() {
    NodeTable large = new NodeTable(64 * MIB);
    int count = 0;
    while (acquire(large, NodeTable.ROOT, "n01440764_%010d".formatted(count), EntryType.REGULAR, 1)
        != NodeTable.NONE) {
      count++;
    }
    assertThat(64.0 * MIB / count).isLessThan(80);
  }

  @Test
  void childrenAreWalkedInStepsWhileOthersComeAndGo() {
    long directory = directory(NodeTable.ROOT, "dir");
    Set<Long> stay = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      long id = file(directory, "file" + i, 1);
      if (i % 2 == 0) {
        stay.add(id);
      } else {
        table.forget(id, 1);
      }
    }
    Set<Long> seen = new HashSet<>();
    long[] step = new long[7];
    long last = NodeTable.NONE;
    int count = table.children(directory, last, step);
    while (count > 0) {
      for (int i = 0; i < count; i++) {
        seen.add(step[i]);
      }
      table.open(step[count - 1]);
      table.sweep(0);
      long before = last;
      last = step[count - 1];
      count = table.children(directory, last, step);
      if (before != NodeTable.NONE) {
        table.close(before);
      }
    }
    assertThat(seen).containsAll(stay);
  }

  @Test
  void coldNamesAreFilesThatNobodyHasOpen() {
    long directory = directory(NodeTable.ROOT, "dir");
    long open = file(directory, "open", 1);
    long closed = file(directory, "closed", 1);
    long forgotten = file(directory, "forgotten", 1);
    table.open(open);
    table.forget(forgotten, 1);
    long[] ids = new long[10];
    assertThat(table.cold(ids, 0, false)).isEqualTo(1);
    assertThat(ids[0]).isEqualTo(closed);
    assertThat(table.cold(ids, 60_000, false)).as("sent a moment ago").isZero();
    directory(directory, "empty");
    assertThat(table.cold(ids, 0, true)).isEqualTo(2);
  }

  @Test
  void sixtyFourThreadsThatLookUpForgetOpenAndWalkLeaveWhatTheyHold() throws Exception {
    long seed = Seed.take();
    ExecutorService threads = Executors.newFixedThreadPool(64);
    Map<Long, AtomicLong> held = new ConcurrentHashMap<>();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < 64; t++) {
        Random random = new Random(seed + t);
        running.add(threads.submit(() -> lookUpAndForget(random, held)));
      }
      for (Future<?> one : running) {
        one.get(100, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    table.sweep(0);
    for (Map.Entry<Long, AtomicLong> node : held.entrySet()) {
      assertThat(table.isTold(node.getKey())).isEqualTo(node.getValue().get() > 0);
      table.forget(node.getKey(), node.getValue().get());
    }
    for (int depth = 0; depth < 4; depth++) {
      table.sweep(0);
    }
    assertThat(table.size()).as("seed %d: the root alone is left", seed).isEqualTo(1);
    assertThat(table.forgotten()).isZero();
  }

  /** Names from a small set, so that threads meet; each name knows how it must be. */
  private Void lookUpAndForget(Random random, Map<Long, AtomicLong> held) {
    byte[] name = new byte[255];
    List<Long> mine = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      long parent = NodeTable.ROOT;
      String path = "";
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        String text = "d" + random.nextInt(4);
        parent = directory(parent, text);
        path += "/" + text;
        mine.add(parent);
      }
      String text = "file" + random.nextInt(20);
      long version = random.nextInt(3);
      long node = file(parent, text, version);
      mine.add(node);
      assertThat(path(table, node)).isEqualTo(path + "/" + text);
      assertThat(table.version(node)).isEqualTo(version);
      assertThat(Arrays.copyOf(name, table.name(node, name))).isEqualTo(bytes(text));
      if (random.nextInt(4) == 0) {
        assertThat(table.open(node)).isNotNegative();
        table.children(parent, NodeTable.NONE, new long[8]);
        table.close(node);
      }
      if (random.nextInt(50) == 0) {
        table.sweep(0);
      }
      while (mine.size() > 40) {
        table.forget(mine.remove(random.nextInt(mine.size())), 1);
      }
    }
    mine.forEach(node -> held.computeIfAbsent(node, n -> new AtomicLong()).incrementAndGet());
    return null;
  }

  @Test
  void whatWasWrittenDownIsReadBack() throws Exception {
    long directory = directory(NodeTable.ROOT, "dir");
    Map<Long, String> paths = new HashMap<>();
    for (int i = 0; i < 5000; i++) {
      long id = file(directory, "file" + i % 4000, i / 4000);
      paths.put(id, path(table, id));
      if (i % 3 == 0) {
        table.forget(id, 1);
      }
    }
    table.sweep(100);
    byte[] written = written();
    NodeTable other = new NodeTable(4 * MIB);
    other.read(new DataInputStream(new ByteArrayInputStream(written)));
    assertThat(other.size()).isEqualTo(table.size());
    assertThat(other.usedBytes()).isEqualTo(table.usedBytes());
    assertThat(other.forgotten()).isEqualTo(table.forgotten());
    for (long id : paths.keySet()) {
      assertThat(other.isKnown(id)).isEqualTo(table.isKnown(id));
      if (table.isKnown(id)) {
        assertThat(path(other, id)).isEqualTo(paths.get(id));
        assertThat(other.isSuperseded(id)).isEqualTo(table.isSuperseded(id));
        assertThat(other.isTold(id)).isEqualTo(table.isTold(id));
      }
    }
    assertThat(acquire(other, directory, "file1", EntryType.REGULAR, 0))
        .isEqualTo(file(directory, "file1", 0));
    long fresh = acquire(other, directory, "new", EntryType.REGULAR, 0);
    assertThat(paths).doesNotContainKey(fresh);
  }

  private byte[] written() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    table.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  @Test
  void aStateOfAnotherFormatOrCutShortIsRefused() throws IOException {
    file(NodeTable.ROOT, "file", 1);
    byte[] written = written();
    byte[] other = written.clone();
    other[3] = 9;
    assertThatThrownBy(
            () -> new NodeTable(MIB).read(new DataInputStream(new ByteArrayInputStream(other))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format 9");
    byte[] cut = Arrays.copyOf(written, written.length - 3);
    assertThatThrownBy(
            () -> new NodeTable(MIB).read(new DataInputStream(new ByteArrayInputStream(cut))))
        .isInstanceOf(IOException.class);
  }
}
