// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Set;

/**
 * What makes a directory itself, in words that hold over a restart of the machine where that can be
 * had: the file system by its UUID, its server and export, its pool or its image, and the inode of
 * the directory; where subvolumes repeat inodes, also the path within the file system. A file
 * system that has nothing of that, such as a tmpfs, is known by its device number, which another
 * boot gives again.
 */
final class RootIdentity {
  private static final String FILE = "file ";
  private static final Path BY_UUID = Path.of("/dev/disk/by-uuid");
  private static final Path BLOCK_DEVICES = Path.of("/sys/dev/block");

  /** Types whose source is a name that stays. */
  private static final Set<String> NAMED = Set.of("zfs", "virtiofs", "9p", "lustre", "ceph");

  /** Types that are made once and never written. */
  private static final Set<String> IMAGES = Set.of("squashfs", "erofs", "iso9660", "cramfs");

  /** Types whose subvolumes are mounted as one and have the same inodes. */
  private static final Set<String> SUBVOLUMES = Set.of("btrfs", "bcachefs");

  private RootIdentity() {}

  /**
   * Of a directory.
   *
   * @param identity where inodes mean nothing, the place of the directory stands for it
   */
  static String of(Path directory, FileIdentity identity) throws IOException {
    String place = FileNames.absoluteLatin1(directory);
    MountEntry mount =
        MountInfo.read()
            .holding(place)
            .orElseThrow(() -> new IOException("the kernel's table of mounts does not have it"));
    String where =
        identity == FileIdentity.INODE
            ? "inode " + Files.getAttribute(directory, "unix:ino")
            : place;
    String volume = SUBVOLUMES.contains(mount.type()) ? " " + mount.within(place) : "";
    return FILE + mount.type() + " " + fileSystem(mount) + volume + " " + where;
  }

  /** Whether it is that of a place where something will be mounted. */
  static boolean isAutomount(String identity) {
    return identity.startsWith(FILE)
        && MountEntry.isAutomount(identity.substring(FILE.length()).split(" ", 2)[0]);
  }

  private static String fileSystem(MountEntry mount) throws IOException {
    String source = mount.source();
    if (source.startsWith("/dev/")) {
      return volume(mount);
    }
    boolean remote = source.contains(":") || source.startsWith("//");
    return remote || NAMED.contains(mount.type()) ? source : source + " " + mount.device();
  }

  private static String volume(MountEntry mount) throws IOException {
    String uuid = uuid(Path.of(mount.source()));
    if (uuid != null) {
      return "uuid " + uuid;
    }
    Path image = BLOCK_DEVICES.resolve(mount.device()).resolve("loop/backing_file");
    if (Files.isReadable(image)) {
      String file = Files.readString(image, StandardCharsets.UTF_8).strip();
      return "image " + image(file, IMAGES.contains(mount.type()));
    }
    return mount.source() + " " + mount.device();
  }

  /** Null where the device has none, or this machine does not say. */
  private static String uuid(Path device) throws IOException {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(BY_UUID)) {
      Path real = device.toRealPath();
      for (Path link : links) {
        if (link.toRealPath().equals(real)) {
          return String.valueOf(link.getFileName());
        }
      }
      return null;
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Containers see the file system and not its device.
      return null;
    }
  }

  /**
   * An image that is made again under its name is another one. Its time shows that, where the file
   * system does not write to it.
   */
  private static String image(String file, boolean finished) throws IOException {
    try {
      Path path = Path.of(file);
      return file
          + " "
          + Files.getAttribute(path, "unix:ino")
          + (finished ? " " + Files.getLastModifiedTime(path) : "");
    } catch (NoSuchFileException e) {
      return file;
    }
  }
}
