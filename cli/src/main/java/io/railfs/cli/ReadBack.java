// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One file read through a mount.
 *
 * @param file inside the dataset
 * @param bytes how many were read
 * @param nanos how long it took
 * @param sha256 of what was read, in hex
 */
record ReadBack(Path file, long bytes, long nanos, String sha256) {
  private static final int FILES_LOOKED_AT = 10_000;
  private static final int BUFFER = 1 << 20;

  /** A larger file takes too long for a first look. */
  private static final long ENOUGH_BYTES = 1L << 30;

  /**
   * The largest of the first files of a dataset, as it says most about the rate, but none beyond a
   * GiB where there is another.
   */
  static Optional<Path> candidate(Path dataset) throws CommandException {
    try (Stream<Path> files = Files.walk(dataset)) {
      return files
          .filter(Files::isRegularFile)
          .limit(FILES_LOOKED_AT)
          .max(Comparator.comparingLong(file -> usefulness(file.toFile().length())))
          .map(dataset::relativize);
    } catch (IOException | UncheckedIOException e) {
      throw new CommandException("the dataset " + dataset + " cannot be read: " + e, e);
    }
  }

  private static long usefulness(long bytes) {
    return bytes <= ENOUGH_BYTES ? bytes : -bytes;
  }

  /**
   * Reads it through the mount, once for the time and once for the content, and compares it with
   * the dataset. Fails with {@link CommandException} where they differ.
   */
  static ReadBack compare(Path dataset, Path mountpoint, Path file) throws CommandException {
    long started = System.nanoTime();
    long bytes = read(mountpoint.resolve(file), (buffer, length) -> {});
    long nanos = System.nanoTime() - started;
    String mounted = sha256(mountpoint.resolve(file));
    String plain = sha256(dataset.resolve(file));
    if (!mounted.equals(plain)) {
      throw new CommandException(
          "%s differs: sha256 %s in the dataset, %s through the mount"
              .formatted(file, plain, mounted));
    }
    return new ReadBack(file, bytes, nanos, mounted);
  }

  private static String sha256(Path path) throws CommandException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      read(path, (buffer, length) -> digest.update(buffer, 0, length));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private interface Taker {
    void take(byte[] buffer, int length);
  }

  private static long read(Path path, Taker taker) throws CommandException {
    byte[] buffer = new byte[BUFFER];
    long bytes = 0;
    try (InputStream in = Files.newInputStream(path)) {
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        taker.take(buffer, length);
        bytes += length;
      }
      return bytes;
    } catch (IOException e) {
      throw new CommandException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** "512.0 MiB/s". */
  String rate() {
    return HumanReadable.bytes((long) (bytes / (Math.max(1, nanos) / 1e9))) + "/s";
  }
}
