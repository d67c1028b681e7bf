// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.FileVersion;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file itself is swapped for a symlink to the outside, over and over, under reads. */
@Timeout(120)
final class FileSwapTest {
  private static final int READS = 20_000;
  private static final int SIZE = 100;

  @TempDir Path temporary;

  @Test
  void noReadEverReturnsBytesOfTheOutside() throws Exception {
    Path root = Files.createDirectory(temporary.resolve("root"));
    byte[] secret = new byte[SIZE];
    secret[0] = 42;
    Path outside = Files.write(temporary.resolve("outside"), secret);
    Path file = Files.write(root.resolve("f"), new byte[SIZE]);
    Path parked = root.resolve("parked");
    int good = 0;
    // By times: a rename is a change that versions by inode tell already.
    try (Ufs ufs = FileUfs.open(root, FileIdentity.TIMES)) {
      FileVersion version = ufs.stat(UfsContract.path("/f")).version();
      try (Disturber swapper =
          Disturber.start(
              i -> {
                Path link = Files.createSymbolicLink(temporary.resolve("link"), outside);
                Files.move(file, parked, StandardCopyOption.ATOMIC_MOVE);
                Files.move(link, file, StandardCopyOption.ATOMIC_MOVE);
                Files.move(parked, file, StandardCopyOption.ATOMIC_MOVE);
              })) {
        for (int i = 0; i < READS || (tooFew(good, swapper) && i < 100 * READS); i++) {
          ByteBuffer target = ByteBuffer.allocate(SIZE);
          try {
            ufs.read(UfsContract.path("/f"), version, 0, target);
            assertThat(target.get(0)).isZero();
            good++;
          } catch (UfsException e) {
            assertThat(target.get(0)).isZero();
          }
        }
        assertThat(swapper.rounds()).isGreaterThan(100);
      }
    }
    assertThat(good).isPositive();
  }

  private static boolean tooFew(int reads, Disturber swapper) {
    return reads < 100 || swapper.rounds() <= 100;
  }
}
