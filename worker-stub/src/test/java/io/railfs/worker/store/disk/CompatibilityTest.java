// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.Checksums;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.RailPath;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/COMPATIBILITY.md says which versions there are, and no format changes without a new one. */
final class CompatibilityTest {
  /** The directory of the module is where Maven runs its tests. */
  private static final Path PAGE =
      Path.of("").toAbsolutePath().getParent().resolve("docs/COMPATIBILITY.md");

  @TempDir private Path directory;

  @Test
  void thePageNamesTheVersionsOfTheCode() throws Exception {
    assertThat(Files.readAllLines(PAGE))
        .anyMatch(
            row -> row.startsWith("| wire |") && row.contains("| " + FrameHeader.VERSION + " |"))
        .anyMatch(
            row ->
                row.startsWith("| block file |")
                    && row.contains("| " + BlockFile.FORMAT_VERSION + " |"));
  }

  @Test
  void theBytesOfABlockFileAreThoseOfItsFormatVersion() throws Exception {
    byte[] content = "the same bytes in every release".getBytes(UTF_8);
    FileId id =
        new FileId(
            "file:/datasets",
            RailPath.of("/train/shard-0001"),
            new FileVersion(content.length, 1_700_000_000_123_456_789L, "etag"),
            1 << 20);
    Path file = directory.resolve("block");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer data = ByteBuffer.wrap(content);
      BlockFile.write(channel, id, 0, data, new int[] {Checksums.crc32c(data.duplicate())});
    }

    assertThat(BlockFile.FORMAT_VERSION).isEqualTo(2);
    assertThat(sha256(Files.readAllBytes(file)))
        .as("other bytes need another BlockFile.FORMAT_VERSION")
        .isEqualTo("8f94b4cbea1c935f45e105fed039b2ac332c5305d3a28964de69c688b8c40892");
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
