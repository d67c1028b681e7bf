// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.posix;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * An instance of inotify(7) whose watches each tell one change of a directory and are gone then, so
 * that what changes all the time costs no more than what changes once. Thread-safe; {@link #read}
 * is for one thread, which also closes it.
 */
public final class Inotify implements AutoCloseable {
  private static final int IN_CLOEXEC = 0x80000;
  private static final int IN_NONBLOCK = 0x800;

  private static final int IN_MODIFY = 0x2;
  private static final int IN_ATTRIB = 0x4;
  private static final int IN_CLOSE_WRITE = 0x8;
  private static final int IN_MOVED_FROM = 0x40;
  private static final int IN_MOVED_TO = 0x80;
  private static final int IN_CREATE = 0x100;
  private static final int IN_DELETE = 0x200;
  private static final int IN_DELETE_SELF = 0x400;
  private static final int IN_MOVE_SELF = 0x800;
  private static final int IN_Q_OVERFLOW = 0x4000;
  private static final int IN_ONLYDIR = 0x1000000;
  private static final int IN_ONESHOT = 0x80000000;

  private static final int MASK =
      IN_MODIFY
          | IN_ATTRIB
          | IN_CLOSE_WRITE
          | IN_MOVED_FROM
          | IN_MOVED_TO
          | IN_CREATE
          | IN_DELETE
          | IN_DELETE_SELF
          | IN_MOVE_SELF
          | IN_ONLYDIR
          | IN_ONESHOT;

  private static final int BUFFER = 64 << 10;
  private static final int HEADER = 16;
  private static final short POLLIN = 1;

  private final int fd;

  private Inotify(int fd) {
    this.fd = fd;
  }

  /**
   * Watches that have reported something, or are gone.
   *
   * @param watches their numbers
   * @param isOverflow whether the kernel has dropped others
   */
  public record Reported(List<Integer> watches, boolean isOverflow) {}

  /** Fails: TOO_MANY where the user has as many instances as may be. */
  public static Inotify open() throws PosixException {
    int fd = Posix.LIBC.inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) {
      throw new PosixException("inotify_init1", Posix.errno());
    }
    return new Inotify(fd);
  }

  /**
   * Watches a directory.
   *
   * @param directory an open descriptor of it
   * @return the number of the watch, the same for a directory that is watched already
   * @throws PosixException TOO_MANY where the user has as many watches as may be
   */
  public int watch(int directory) throws PosixException {
    int watch = Posix.LIBC.inotify_add_watch(fd, Posix.text(Posix.path(directory)), MASK);
    if (watch < 0) {
      throw new PosixException("inotify_add_watch", Posix.errno());
    }
    return watch;
  }

  /** Takes a watch away, if it is there still. */
  public void remove(int watch) {
    // What fails here is that the watch is gone: that is what is wanted.
    int unused = Posix.LIBC.inotify_rm_watch(fd, watch);
  }

  /** What has come, after a wait of at most so many milliseconds. */
  public Reported read(int millis) throws PosixException {
    ByteBuffer descriptor =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putInt(fd).putShort(POLLIN);
    List<Integer> watches = new ArrayList<>();
    boolean overflow = false;
    if (Posix.LIBC.poll(descriptor.array(), 1, millis) <= 0) {
      return new Reported(watches, false);
    }
    byte[] bytes = new byte[BUFFER];
    long length = Posix.LIBC.read(fd, bytes, bytes.length);
    ByteBuffer events = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    for (int at = 0; at + HEADER <= length; at += HEADER + events.getInt(at + 12)) {
      overflow |= (events.getInt(at + 4) & IN_Q_OVERFLOW) != 0;
      watches.add(events.getInt(at));
    }
    return new Reported(watches, overflow);
  }

  @Override
  public void close() throws PosixException {
    Posix.close(fd);
  }
}
