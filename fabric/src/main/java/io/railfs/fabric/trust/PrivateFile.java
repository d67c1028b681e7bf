// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import io.railfs.fabric.FabricException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** A file whose content must be known to its owner alone. */
public final class PrivateFile {
  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  /** Of a file of root that a process of another user reads by its group, as pods get secrets. */
  private static final Set<PosixFilePermission> OF_ROOT =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.GROUP_READ);

  private PrivateFile() {}

  /**
   * Whether nobody may read a file but its owner and who is meant to.
   *
   * @param owner number of its owner
   * @param self number of the user who reads
   */
  static boolean isPrivate(Set<PosixFilePermission> permissions, int owner, int self) {
    return (owner == 0 && self != 0 ? OF_ROOT : OWNERS).containsAll(permissions);
  }

  /**
   * Returns its bytes.
   *
   * @param what it is, such as "secret file"
   * @param most bytes that it may have
   * @throws FabricException with one sentence where it cannot be read, or others could read it or
   *     have written it
   */
  public static byte[] read(String what, Path file, int most) throws FabricException {
    try {
      if (!Files.isRegularFile(file)) {
        throw new FabricException(what + " " + file + " does not exist or is no file");
      }
      int owner = (Integer) Files.getAttribute(file, "unix:uid");
      int self = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      if (!isPrivate(Files.getPosixFilePermissions(file), owner, self)) {
        throw new FabricException(
            what + " " + file + " is open to other users; run: chmod 600 " + file);
      }
      if (owner != self && owner != 0) {
        throw new FabricException(
            "%s %s belongs to the user with number %d, who could change it; give it to the user that runs RailFS: chown %d %s"
                .formatted(what, file, owner, self, file));
      }
      if (Files.size(file) > most) {
        throw new FabricException(what + " " + file + " is larger than " + most + " bytes");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new FabricException(what + " " + file + " cannot be read: " + e, e);
    }
  }
}
