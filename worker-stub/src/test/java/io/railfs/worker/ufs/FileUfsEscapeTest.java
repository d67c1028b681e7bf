// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.messages.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory of the UFS is swapped for a symlink to the outside, over and over, under requests.
 */
final class FileUfsEscapeTest {
  private static final int REQUESTS = 20_000;
  private static final int LEAST_SWAPS = 100;
  private static final int SECRET_SIZE = 4_321;

  @TempDir Path temporary;
  private Path root;
  private Ufs ufs;
  private Disturber swapper;

  @BeforeEach
  void startSwapping() throws Exception {
    root = Files.createDirectory(temporary.resolve("root"));
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    byte[] secret = new byte[SECRET_SIZE];
    secret[0] = 42;
    Files.write(outside.resolve("f"), secret);
    Files.createSymbolicLink(outside.resolve("s"), Path.of("secret-target-outside"));
    Path inside = Files.createDirectory(temporary.resolve("inside"));
    Files.write(inside.resolve("f"), new byte[10]);
    Files.createSymbolicLink(inside.resolve("s"), Path.of("f"));
    Path d = root.resolve("d");
    Files.move(inside, d);
    ufs = FileUfs.open(root);
    swapper =
        Disturber.start(
            i -> {
              Path parked = temporary.resolve("parked");
              Path link = Files.createSymbolicLink(temporary.resolve("link"), outside);
              Files.move(d, parked, StandardCopyOption.ATOMIC_MOVE);
              Files.move(link, d, StandardCopyOption.ATOMIC_MOVE);
              Files.delete(d);
              Files.move(parked, d, StandardCopyOption.ATOMIC_MOVE);
            });
  }

  @AfterEach
  void stopSwapping() throws Exception {
    swapper.close();
    ufs.close();
    assertThat(swapper.rounds()).isGreaterThan(LEAST_SWAPS);
  }

  /** Until enough was asked, and enough was swapped meanwhile. */
  private boolean goesOn(int requests) {
    return requests < REQUESTS || (swapper.rounds() <= LEAST_SWAPS && requests < 1_000 * REQUESTS);
  }

  private static void assertHarmless(UfsException e) {
    assertThat(e.code())
        .isIn(
            ErrorCode.NOT_FOUND, ErrorCode.NOT_A_DIRECTORY, ErrorCode.UFS_FAILED, ErrorCode.STALE);
  }

  @Test
  void noStatEverTellsOfTheOutside() {
    int answers = 0;
    for (int i = 0; goesOn(i); i++) {
      try {
        assertThat(ufs.stat(UfsContract.path("/d/f")).size()).isEqualTo(10);
        answers++;
      } catch (UfsException e) {
        assertHarmless(e);
      }
    }
    assertThat(answers).isPositive();
  }

  @Test
  void noReadEverReturnsBytesOfTheOutside() throws Exception {
    Attributes secret;
    try (Ufs outside = FileUfs.open(temporary.resolve("outside"))) {
      secret = outside.stat(UfsContract.path("/f"));
    }
    for (int i = 0; goesOn(i); i++) {
      ByteBuffer target = ByteBuffer.allocate(SECRET_SIZE);
      try {
        ufs.read(UfsContract.path("/d/f"), secret.version(), 0, target);
        throw new AssertionError("the secret was read");
      } catch (UfsException e) {
        assertHarmless(e);
        assertThat(target.get(0)).isZero();
      }
    }
  }

  @Test
  void noListingEverHoldsEntriesOfTheOutside() {
    int answers = 0;
    for (int i = 0; goesOn(4 * i); i++) {
      try {
        Map<ByteString, Attributes> entries = UfsContract.list(ufs, "/d");
        Attributes file = entries.get(ByteString.copyFromUtf8("f"));
        Attributes link = entries.get(ByteString.copyFromUtf8("s"));
        assertThat(file == null ? 10 : file.size()).isEqualTo(10);
        assertThat(link == null ? "f" : link.symlinkTarget().toStringUtf8()).isEqualTo("f");
        answers++;
      } catch (UfsException e) {
        assertHarmless(e);
      }
    }
    assertThat(answers).isPositive();
  }
}
