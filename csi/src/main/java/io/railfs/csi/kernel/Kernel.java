// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.base.OpenFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Directories by descriptor, and mounts of them: by the calls of Linux 5.12 that attach a mount
 * only when all is set, so that it is never seen writable and never joins the propagation of the
 * mount that it was made from. Which of these may wait for a file system is said at each.
 * Thread-safe.
 */
public final class Kernel {
  // Since Linux 5.0 a call has the same number on every architecture.
  private static final long OPEN_TREE = 428;
  private static final long MOVE_MOUNT = 429;
  private static final long OPENAT2 = 437;
  private static final long MOUNT_SETATTR = 442;

  private static final int RESOLVE_NO_XDEV = 0x1;
  private static final int RESOLVE_NO_MAGICLINKS = 0x2;
  private static final int RESOLVE_BENEATH = 0x8;
  private static final int OPEN_HOW_BYTES = 24;

  private static final int OPEN_TREE_CLONE = 1;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 0x4;
  private static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;

  private static final int MOUNT_ATTR_RDONLY = 0x1;
  private static final int MOUNT_ATTR_NOSUID = 0x2;
  private static final int MOUNT_ATTR_NODEV = 0x4;
  private static final int MOUNT_ATTR_NOEXEC = 0x8;
  private static final int MS_PRIVATE = 1 << 18;
  private static final int MOUNT_ATTR_BYTES = 32;

  private static final long MS_RDONLY = 1;
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;
  private static final long MS_NOATIME = 1024;

  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private static final int DIRECTORY_MODE = 0750;
  private static final short POLLPRI = 2;
  private static final int F_DUPFD_CLOEXEC = 1030;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  private static final String FUSE = "/dev/fuse";

  private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  private Kernel() {}

  /**
   * A descriptor that stands for a directory, itself and never by a symlink; the caller closes it.
   * It asks the file systems above the directory, not the one that is mounted there.
   */
  public static int openDirectory(String path) throws KernelException {
    return (int) checked("open " + path, () -> LIBC.open(text(path), place(OpenFlags.NOFOLLOW)));
  }

  /**
   * A descriptor that stands for a directory below another one, in the same mount and however
   * symlinks lead; the caller closes it. Waits for the file system.
   *
   * @param relative without a slash in front; empty: the directory itself
   */
  public static int openBeneath(int directory, String relative) throws KernelException {
    Pointer how = Memory.allocateDirect(RUNTIME, OPEN_HOW_BYTES, true);
    how.putLongLong(0, place(0));
    how.putLongLong(16, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
    Pointer path = pointer(relative.isEmpty() ? "." : relative);
    return (int)
        checked(
            "open " + relative,
            () ->
                LIBC.syscall(
                    OPENAT2, directory, path.address(), how.address(), OPEN_HOW_BYTES, 0, 0));
  }

  private static int place(int flags) {
    return OpenFlags.PATH | OpenFlags.DIRECTORY | OpenFlags.CLOEXEC | flags;
  }

  /**
   * A mount of a directory that nobody sees yet, read-only, without devices and set-user-id
   * programs, and in no group of propagation; the caller closes the descriptor. Asks no file
   * system.
   */
  public static int detachedMount(int directory, boolean mayExecute) throws KernelException {
    Pointer empty = pointer("");
    int mount =
        (int)
            checked(
                "open_tree",
                () ->
                    LIBC.syscall(
                        OPEN_TREE,
                        directory,
                        empty.address(),
                        OPEN_TREE_CLONE | AT_EMPTY_PATH | OpenFlags.CLOEXEC,
                        0,
                        0,
                        0));
    try {
      Pointer attributes = Memory.allocateDirect(RUNTIME, MOUNT_ATTR_BYTES, true);
      attributes.putLongLong(
          0,
          MOUNT_ATTR_RDONLY
              | MOUNT_ATTR_NOSUID
              | MOUNT_ATTR_NODEV
              | (mayExecute ? 0 : MOUNT_ATTR_NOEXEC));
      attributes.putLongLong(16, MS_PRIVATE);
      long unused =
          checked(
              "mount_setattr",
              () ->
                  LIBC.syscall(
                      MOUNT_SETATTR,
                      mount,
                      empty.address(),
                      AT_EMPTY_PATH,
                      attributes.address(),
                      MOUNT_ATTR_BYTES,
                      0));
      return mount;
    } catch (KernelException e) {
      close(mount);
      throw e;
    }
  }

  /** Attaches a detached mount over what is seen at a directory. Asks no file system. */
  public static void attach(int mount, int directory) throws KernelException {
    Pointer empty = pointer("");
    long unused =
        checked(
            "move_mount",
            () ->
                LIBC.syscall(
                    MOVE_MOUNT,
                    mount,
                    empty.address(),
                    directory,
                    empty.address(),
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH,
                    0));
  }

  /** The kernel's end of a mount that is still to be made; the caller closes it. */
  public static int openFuse() throws KernelException {
    return (int)
        checked("open " + FUSE, () -> LIBC.open(text(FUSE), OpenFlags.RDWR | OpenFlags.CLOEXEC));
  }

  /**
   * Mounts RailFS over what is seen at a directory, read-only, for all users as the modes of its
   * files allow. It ends when the last descriptor of its /dev/fuse is closed. Asks no file system.
   *
   * @param fuse of {@link #openFuse}
   * @param directory of {@link #openDirectory}
   * @param source what the system shows as the device
   * @param user whom it belongs to
   * @param group of that user
   * @param maxRead bytes of the largest read
   */
  public static void mountFuse(
      int fuse, int directory, String source, int user, int group, int maxRead)
      throws KernelException {
    String options =
        "fd=%d,rootmode=40000,user_id=%d,group_id=%d,default_permissions,allow_other,max_read=%d"
            .formatted(fuse, user, group, maxRead);
    long unused =
        checked(
            "mount",
            () ->
                LIBC.mount(
                    text(source),
                    text("/proc/self/fd/" + directory),
                    text("fuse.railfs"),
                    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOATIME,
                    text(options)));
  }

  /**
   * Takes the topmost mount at a path out of sight; it ends with its last user. Asks the file
   * systems above the path alone.
   */
  public static void detach(String path) throws KernelException {
    long unused =
        checked("umount " + path, () -> LIBC.umount2(text(path), MNT_DETACH | UMOUNT_NOFOLLOW));
  }

  /** Makes a directory whose parent is there. */
  public static void makeDirectory(String path) throws KernelException {
    long unused = checked("mkdir " + path, () -> LIBC.mkdir(text(path), DIRECTORY_MODE));
  }

  /** Removes an empty directory. */
  public static void removeDirectory(String path) throws KernelException {
    long unused = checked("rmdir " + path, () -> LIBC.rmdir(text(path)));
  }

  /** What the file system of a descriptor says of its space. Waits for it. */
  public static SpaceNumbers space(int fd) throws KernelException {
    byte[] result = new byte[SpaceNumbers.BYTES];
    long unused = checked("statfs", () -> LIBC.fstatfs(fd, result));
    return SpaceNumbers.of(result);
  }

  /** Waits at most so long until the kernel says that a file of /proc has changed. */
  public static void awaitChange(int fd, int millis) {
    ByteBuffer descriptor =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putInt(fd).putShort(POLLPRI);
    // Who asks looks at the file in any case.
    int unused = LIBC.poll(descriptor.array(), 1, millis);
  }

  /** A descriptor of a file for {@link #awaitChange}; the caller closes it. */
  public static int openFile(String path) throws KernelException {
    return (int) checked("open " + path, () -> LIBC.open(text(path), OpenFlags.CLOEXEC));
  }

  /** A second descriptor of the same; the caller closes it. */
  public static int duplicate(int fd) throws KernelException {
    return (int) checked("fcntl", () -> LIBC.fcntl(fd, F_DUPFD_CLOEXEC, 0));
  }

  /** Closes a descriptor, which does not fail in a way that somebody could mend. */
  public static void close(int fd) {
    int unused = LIBC.close(fd);
  }

  private interface Call {
    long run();
  }

  private static long checked(String name, Call call) throws KernelException {
    while (true) {
      long result = call.run();
      if (result >= 0) {
        return result;
      }
      int errno = LastError.getLastError(RUNTIME);
      // EAGAIN: something was renamed while openat2 walked.
      if (errno != EINTR && errno != EAGAIN) {
        throw new KernelException(name, errno, LIBC.strerror(errno));
      }
    }
  }

  private static byte[] text(String path) {
    byte[] bytes = path.getBytes(UTF_8);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /**
   * Memory that lives as long as the object is reachable, which the lambda that uses it ensures.
   */
  private static Pointer pointer(String path) {
    byte[] bytes = text(path);
    Pointer pointer = Memory.allocateDirect(RUNTIME, bytes.length, true);
    pointer.put(0, bytes, 0, bytes.length);
    return pointer;
  }
}
