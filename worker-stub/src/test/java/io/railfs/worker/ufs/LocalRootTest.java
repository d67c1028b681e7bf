// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A UFS whose file system is mounted, unmounted and exchanged under it; needs root. */
@Timeout(60)
final class LocalRootTest {
  @TempDir Path temporary;
  private Path root;

  @BeforeEach
  void makeRoot() throws Exception {
    root = Files.createDirectory(temporary.resolve("root"));
  }

  @AfterEach
  void unmountAll() throws Exception {
    shell(
        "while umount root/below 2>/dev/null; do :; done; while umount root 2>/dev/null; do :; done");
  }

  private void shell(String script) throws Exception {
    Process process =
        new ProcessBuilder("bash", "-c", script).directory(temporary.toFile()).inheritIO().start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  /** A file system of its own with one file below a directory. */
  private void mount(String place) throws Exception {
    shell(
        "mount -t tmpfs none "
            + place
            + " && mkdir "
            + place
            + "/train && echo hi > "
            + place
            + "/train/a");
  }

  private static RailPath path(String path) throws Exception {
    return RailPath.of(path);
  }

  private static void assertAway(ThrowingCallable question, String message) {
    assertThatThrownBy(question)
        .isInstanceOfSatisfying(
            UfsException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UFS_FAILED))
        .hasMessageContaining(message);
  }

  private static void assertAllAway(FileUfs ufs, FileVersion version, String message) {
    assertAway(() -> ufs.list(path("/")), message);
    assertAway(() -> ufs.list(path("/train")), message);
    assertAway(() -> ufs.stat(path("/train/a")), message);
    assertAway(() -> ufs.stat(path("/train")), message);
    assertAway(() -> ufs.xattrs(path("/train/a")), message);
    assertAway(() -> ufs.read(path("/train/a"), version, 0, ByteBuffer.allocate(3)), message);
  }

  @Test
  void aFileSystemThatIsUnmountedIsAFailureAndNoEmptyDataset() throws Exception {
    mount("root");
    try (FileUfs ufs = FileUfs.open(root)) {
      FileVersion version = ufs.stat(path("/train/a")).version();
      shell("umount root");
      assertAllAway(ufs, version, "not what it was at the start");
      assertAway(ufs::space, "not what it was at the start");
      assertAway(() -> ufs.stat(path("/")), "not what it was at the start");
      Files.createDirectory(root.resolve("other"));
      assertAllAway(ufs, version, "not what it was at the start");
      Files.delete(root.resolve("other"));
    }
  }

  @Test
  void aFileSystemThatComesBackIsReadAgainAndAnotherOneIsNot() throws Exception {
    shell("truncate -s 16M one two && mkfs.ext4 -q one && mkfs.ext4 -q two");
    shell("mount -o loop one root && mkdir root/train && echo hi > root/train/a");
    try (FileUfs ufs = FileUfs.open(root)) {
      FileVersion version = ufs.stat(path("/train/a")).version();
      shell("umount root");
      assertAllAway(ufs, version, "not what it was at the start");
      shell("mount -o loop two root");
      assertAllAway(ufs, version, "not what it was at the start");
      shell("umount root && mount -o loop one root");
      ufs.read(path("/train/a"), version, 0, ByteBuffer.allocate(3));
      assertThat(ufs.stat(path("/train/a")).version()).isEqualTo(version);
    }
  }

  @Test
  void aRootThatIsEmptyAtTheStartIsNoDatasetUntilItIsMounted() throws Exception {
    try (FileUfs ufs = FileUfs.open(root)) {
      assertAllAway(ufs, new FileVersion(3, 0, ""), "the root of the UFS is empty");
      assertAway(() -> ufs.identity(path("/")), "the root of the UFS is empty");
      assertThat(ufs.stat(path("/")).isDirectory()).isTrue();
      mount("root");
      Attributes file = ufs.stat(path("/train/a"));
      ufs.read(path("/train/a"), file.version(), 0, ByteBuffer.allocate(3));
      shell("umount root");
      assertAllAway(ufs, file.version(), "not what it was at the start");
    }
  }

  @Test
  void anotherDirectoryInThePlaceOfTheRootIsNotServed() throws Exception {
    shell("mkdir -p root/train && echo hi > root/train/a && cp -a root other");
    try (FileUfs ufs = FileUfs.open(root)) {
      FileVersion version = ufs.stat(path("/train/a")).version();
      shell("mv root first && mv other root");
      assertAllAway(ufs, version, "not what it was at the start");
      shell("mv root other && mv first root");
      assertThat(ufs.stat(path("/train/a")).version()).isEqualTo(version);
    }
  }

  @Test
  void aFileSystemBelowTheRootThatIsUnmountedIsAFailureToo() throws Exception {
    shell("mkdir root/below && echo hi > root/f");
    mount("root/below");
    try (FileUfs ufs = FileUfs.open(root)) {
      shell("umount root/below");
      assertAway(() -> ufs.list(path("/below")), "below the root");
      assertAway(() -> ufs.stat(path("/below/train/a")), "below the root");
      assertThat(ufs.stat(path("/f")).size()).isEqualTo(3);
    }
  }

  @Test
  void aFileSystemThatWasMountedBelowTheRootLaterIsMissedToo() throws Exception {
    shell("mkdir root/below && echo hi > root/f");
    try (FileUfs ufs = FileUfs.open(root)) {
      mount("root/below");
      assertThat(ufs.stat(path("/below/train/a")).size()).isEqualTo(3);
      shell("umount root/below");
      assertAway(() -> ufs.list(path("/below")), "below the root");
    }
  }

  @Test
  void theIdentityIsThatOfTheDirectoryAndOutlivesAnother() throws Exception {
    shell("mkdir root/v1 root/v2 && touch root/v1/x root/v2/x");
    String first;
    try (FileUfs one = FileUfs.open(root.resolve("v1"))) {
      first = one.identity(path("/x"));
    }
    try (FileUfs again = FileUfs.open(root.resolve("v1"));
        FileUfs two = FileUfs.open(root.resolve("v2"))) {
      assertThat(again.identity(path("/x"))).isEqualTo(first);
      assertThat(two.identity(path("/x"))).isNotEqualTo(first);
    }
  }

  @Test
  void byTimesTheIdentityIsThatOfThePlace() throws Exception {
    shell("mkdir -p root/v1 && touch root/v1/x");
    try (FileUfs ufs = FileUfs.open(root.resolve("v1"), FileIdentity.TIMES)) {
      assertThat(ufs.identity(path("/x"))).endsWith(" " + root.resolve("v1").toRealPath());
      shell("rm -r root/v1 && mkdir root/other root/v1 && echo hi > root/v1/x");
      assertThat(ufs.stat(path("/x")).size()).isEqualTo(3);
    }
  }
}
