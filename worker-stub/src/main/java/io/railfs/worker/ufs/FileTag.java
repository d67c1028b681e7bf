package io.railfs.worker.ufs;

import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * The etag of a file in a directory: a hash of what size and modification time in 64 bits do not
 * say. The device is not in it, for the machines that mount one file system number it differently.
 *
 * <p>48 bits as eight characters: a mount keeps one for each entry of its listings, and two
 * contents of one path would have to agree in size and modification time besides.
 */
final class FileTag {
  private static final int BYTES = 6;

  private FileTag() {}

  static String of(FileIdentity identity, long inode, FileTime modified, FileTime changed) {
    if (identity == FileIdentity.INODE) {
      long hash = mix(inode);
      hash = mix(hash, changed.toInstant());
      return text(mix(hash, modified.toInstant()));
    }
    return isBeyondNanoseconds(modified) ? text(mix(0, modified.toInstant())) : "";
  }

  /** Whether 64 bits of nanoseconds do not hold the time: before 1677 and after 2262. */
  private static boolean isBeyondNanoseconds(FileTime time) {
    long nanos = time.to(TimeUnit.NANOSECONDS);
    return nanos == Long.MAX_VALUE || nanos == Long.MIN_VALUE;
  }

  private static long mix(long hash, Instant time) {
    return mix(mix(hash ^ time.getEpochSecond()) ^ time.getNano());
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood, 2014). */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static String text(long hash) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(hash).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(bytes, BYTES));
  }
}
