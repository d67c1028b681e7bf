// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import io.railfs.base.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The name under which placement knows a worker; made once and kept beside its blocks. */
final class WorkerIdentity {
  private static final String NAME = "worker-id";
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final int SUFFIX_BYTES = 4;

  private WorkerIdentity() {}

  /**
   * The identity kept in a store directory, made now where there is none.
   *
   * @throws WorkerStartException where it can be neither read nor written
   */
  static String in(Path storeDirectory) throws WorkerStartException {
    Path file = storeDirectory.resolve(NAME);
    try {
      String kept = read(file);
      return VALID.matcher(kept).matches() ? kept : make(file);
    } catch (IOException e) {
      throw new WorkerStartException(
          "the worker's identity cannot be kept in "
              + file
              + " ("
              + FileFailure.describe(e)
              + "); make room there or set railfs.worker.id",
          e);
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static String make(Path file) throws IOException {
    byte[] suffix = new byte[SUFFIX_BYTES];
    new SecureRandom().nextBytes(suffix);
    String id = hostName() + "-" + HexFormat.of().formatHex(suffix);
    Path temporary = file.resolveSibling(NAME + ".new");
    Files.writeString(temporary, id + "\n");
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return id;
  }

  /** Asked of the kernel: the resolver might wait for a name server. */
  private static String hostName() throws IOException {
    String name = Files.isReadable(HOST_NAME) ? Files.readString(HOST_NAME).strip() : "";
    String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
    return safe.isEmpty() ? "worker" : safe.substring(0, Math.min(64, safe.length()));
  }
}
