// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every UFS must do. A subclass brings the UFS, the means to put files into it, and what it
 * can tell of a file besides its content.
 */
public abstract class UfsContract {
  /** What not every UFS has; each one answers as the contract says with it and without it. */
  public enum Capability {
    /** Owners and modes; without them everything is root's and may be read by all. */
    OWNERS_AND_MODES,
    /** Times of directories; without them they are 0. */
    DIRECTORY_TIMES,
    /** Extended attributes; without them the answer is that there are none, unasked. */
    XATTRS,
    /** An end of its space; without it the space is 1 EiB, all of it free. */
    FINITE_SPACE
  }

  private Ufs ufs;

  /** Opens the UFS over what {@link #putFile} fills, empty so far. */
  protected abstract Ufs open() throws Exception;

  /** Makes or replaces a file; directories above it come into being. */
  protected abstract void putFile(String path, byte[] content) throws Exception;

  protected abstract void removeFile(String path) throws Exception;

  protected abstract Set<Capability> capabilities();

  @BeforeEach
  final void openUfs() throws Exception {
    ufs = open();
  }

  @AfterEach
  final void closeUfs() {
    ufs.close();
  }

  protected final Ufs ufs() {
    return ufs;
  }

  private boolean has(Capability capability) {
    return capabilities().contains(capability);
  }

  public static RailPath path(String path) {
    try {
      return RailPath.of(path);
    } catch (io.railfs.protocol.ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  public static ErrorCode refusal(ThrowingCallable call) {
    UfsException e = catchThrowableOfType(UfsException.class, call);
    assertThat(e).as("an exception is thrown").isNotNull();
    assertThat(e.getMessage()).doesNotContain("\n").isNotBlank();
    return e.code();
  }

  public static Map<ByteString, Attributes> list(Ufs ufs, String path) throws UfsException {
    Map<ByteString, Attributes> entries = new LinkedHashMap<>();
    try (Listing listing = ufs.list(path(path))) {
      for (Listing.Entry entry = listing.next(); entry != null; entry = listing.next()) {
        assertThat(entries.put(entry.name(), entry.attributes())).as("listed once").isNull();
      }
    }
    return entries;
  }

  public static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private byte[] read(String path, FileVersion version, long offset, int length)
      throws UfsException {
    ByteBuffer target = ByteBuffer.allocateDirect(length);
    ufs.read(path(path), version, offset, target);
    byte[] bytes = new byte[target.flip().remaining()];
    target.get(bytes);
    return bytes;
  }

  @Test
  void theRootIsADirectory() throws Exception {
    putFile("/f", random(1));
    assertThat(ufs.stat(RailPath.ROOT).isDirectory()).isTrue();
  }

  @Test
  void statTellsTypeAndSize() throws Exception {
    putFile("/d/f", random(12_345));
    putFile("/d/empty", new byte[0]);
    assertThat(ufs.stat(path("/d")).isDirectory()).isTrue();
    assertThat(ufs.stat(path("/d/f")).isRegular()).isTrue();
    assertThat(ufs.stat(path("/d/f")).size()).isEqualTo(12_345);
    assertThat(ufs.stat(path("/d/empty")).size()).isZero();
    assertThat(ufs.stat(path("/d/f"))).isEqualTo(ufs.stat(path("/d/f")));
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    putFile("/d/f", random(1));
    for (String missing : new String[] {"/x", "/d/x", "/x/y", "/d/x/y"}) {
      assertThat(refusal(() -> ufs.stat(path(missing)))).isEqualTo(ErrorCode.NOT_FOUND);
      assertThat(refusal(() -> ufs.list(path(missing)))).isEqualTo(ErrorCode.NOT_FOUND);
      if (has(Capability.XATTRS)) {
        assertThat(refusal(() -> ufs.xattrs(path(missing)))).isEqualTo(ErrorCode.NOT_FOUND);
      } else {
        assertThat(ufs.xattrs(path(missing))).isEmpty();
      }
      FileVersion version = new FileVersion(1, 1, "");
      assertThat(refusal(() -> read(missing, version, 0, 1))).isEqualTo(ErrorCode.NOT_FOUND);
    }
  }

  @Test
  void aFileIsNoDirectory() throws Exception {
    putFile("/f", random(1));
    assertThat(refusal(() -> ufs.stat(path("/f/x")))).isEqualTo(ErrorCode.NOT_A_DIRECTORY);
    assertThat(refusal(() -> ufs.list(path("/f")))).isEqualTo(ErrorCode.NOT_A_DIRECTORY);
  }

  @Test
  void aDirectoryIsNoFile() throws Exception {
    putFile("/d/f", random(1));
    FileVersion version = ufs.stat(path("/d")).version();
    assertThat(refusal(() -> read("/d", version, 0, 1))).isEqualTo(ErrorCode.NOT_A_FILE);
    assertThat(refusal(() -> read("/", version, 0, 1))).isEqualTo(ErrorCode.NOT_A_FILE);
  }

  @Test
  void aListingHoldsEveryEntryOnceWithTheAttributesThatStatTells() throws Exception {
    for (int i = 0; i < 300; i++) {
      putFile("/d/f" + i, random(i));
    }
    putFile("/d/sub/f", random(3));
    Map<ByteString, Attributes> entries = list(ufs, "/d");
    assertThat(entries.keySet().stream().map(ByteString::toStringUtf8))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(0, 300)
                .mapToObj(i -> i == 300 ? "sub" : "f" + i)
                .collect(Collectors.toList()));
    for (Map.Entry<ByteString, Attributes> entry : entries.entrySet()) {
      assertThat(entry.getValue()).isEqualTo(ufs.stat(path("/d/" + entry.getKey().toStringUtf8())));
    }
    assertThat(entries.get(ByteString.copyFromUtf8("sub")).type()).isEqualTo(EntryType.DIRECTORY);
  }

  @Test
  void aReadFillsTheBufferWithTheRangeAskedFor() throws Exception {
    byte[] content = random(1 << 20);
    putFile("/f", content);
    FileVersion version = ufs.stat(path("/f")).version();
    assertThat(read("/f", version, 0, content.length)).isEqualTo(content);
    assertThat(read("/f", version, 4_097, 70_001))
        .isEqualTo(Arrays.copyOfRange(content, 4_097, 74_098));
    assertThat(read("/f", version, content.length - 1, 1))
        .containsExactly(content[content.length - 1]);
  }

  @Test
  void anotherVersionIsStale() throws Exception {
    byte[] content = random(1_000);
    putFile("/f", content);
    FileVersion v = ufs.stat(path("/f")).version();
    FileVersion[] others = {
      new FileVersion(v.size() + 1, v.mtimeNanos(), v.etag()),
      new FileVersion(v.size(), v.mtimeNanos() + 1, v.etag()),
      new FileVersion(v.size(), v.mtimeNanos(), v.etag() + "x")
    };
    for (FileVersion other : others) {
      assertThat(refusal(() -> read("/f", other, 0, 1))).isEqualTo(ErrorCode.STALE);
    }
    putFile("/f", random(999));
    assertThat(refusal(() -> read("/f", v, 0, 999))).isEqualTo(ErrorCode.STALE);
    assertThat(read("/f", ufs.stat(path("/f")).version(), 0, 999)).isEqualTo(random(999));
    removeFile("/f");
    assertThat(refusal(() -> read("/f", v, 0, 1))).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void filesWithoutExtendedAttributesHaveNone() throws Exception {
    putFile("/d/f", random(1));
    assertThat(ufs.xattrs(path("/d/f"))).isEmpty();
    assertThat(ufs.xattrs(path("/d"))).isEmpty();
    assertThat(ufs.xattrs(RailPath.ROOT)).isEmpty();
  }

  @Test
  void everyoneMayReadWhatHasNeitherOwnerNorMode() throws Exception {
    putFile("/d/f", random(1));
    if (!has(Capability.OWNERS_AND_MODES)) {
      assertThat(ufs.stat(path("/d/f")).mode()).isEqualTo(0444);
      assertThat(ufs.stat(path("/d")).mode()).isEqualTo(0555);
      assertThat(ufs.stat(path("/d/f")).uid() + ufs.stat(path("/d/f")).gid()).isZero();
    } else {
      assertThat(ufs.stat(path("/d/f")).mode() & 0400).isEqualTo(0400);
    }
  }

  @Test
  void timesAreOfNow() throws Exception {
    putFile("/d/f", random(1));
    long second = 1_000_000_000L;
    long now = System.currentTimeMillis() / 1000 * second;
    assertThat(ufs.stat(path("/d/f")).mtimeNanos()).isBetween(now - 60 * second, now + 60 * second);
    if (has(Capability.DIRECTORY_TIMES)) {
      assertThat(ufs.stat(path("/d")).mtimeNanos()).isGreaterThan(now - 60 * second);
    } else {
      assertThat(ufs.stat(path("/d")).mtimeNanos()).isZero();
    }
  }

  @Test
  void spaceIsConsistent() throws Exception {
    Ufs.Space space = ufs.space();
    if (!has(Capability.FINITE_SPACE)) {
      assertThat(space).isEqualTo(new Ufs.Space(1L << 60, 1L << 60, 1L << 60));
    }
    assertThat(space.available()).isBetween(0L, space.free());
    assertThat(space.free()).isLessThanOrEqualTo(space.total());
    assertThat(space.total()).isPositive();
  }
}
