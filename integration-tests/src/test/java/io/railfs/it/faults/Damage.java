// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;

/** What may happen to a block's file. */
enum Damage {
  FLIP,
  CUT,
  OVERWRITE;

  private static final List<Damage> ALL = List.of(values());
  private static final int PIECE = 5_000;

  static Damage any(Random random) {
    return ALL.get(random.nextInt(ALL.size()));
  }

  void to(Path block, Random random) throws IOException {
    try (FileChannel channel =
        FileChannel.open(block, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = random.nextLong(channel.size());
      switch (this) {
        case FLIP -> {
          ByteBuffer one = ByteBuffer.allocate(1);
          channel.read(one, at);
          channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), at);
        }
        case CUT -> channel.truncate(at);
        case OVERWRITE -> {
          byte[] junk = new byte[PIECE];
          random.nextBytes(junk);
          channel.write(ByteBuffer.wrap(junk), Math.max(0, Math.min(at, channel.size() - PIECE)));
        }
      }
    } catch (NoSuchFileException e) {
      // Evicted meanwhile.
    }
  }
}
