package io.railfs.mount.fuse;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.provider.jffi.NativeRuntime;

/**
 * A channel whose replies we read ourselves: a pipe that libfuse takes for the kernel. What does
 * not fit into the pipe (64 KiB, 4 KiB for a user who has many) is cut, for nobody reads while
 * libfuse writes. Belongs to one thread.
 */
final class Replies implements AutoCloseable {
  private static final int O_NONBLOCK = 04000;
  private static final int O_CLOEXEC = 02000000;

  private final LibFuse2 fuse;
  private final LibC libc;
  private final int readEnd;
  private final Pointer channel;

  Replies(LibFuse2 fuse, LibC libc) throws FuseException {
    this.fuse = fuse;
    this.libc = libc;
    Pointer ends = Memory.allocateDirect(NativeRuntime.getInstance(), 2 * Integer.BYTES, true);
    // Where no reply came, reading must not wait for one.
    if (libc.pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
      throw new FuseException("no pipe can be opened; raise the limit of open files");
    }
    this.readEnd = ends.getInt(0);
    this.channel = fuse.fuse_kern_chan_new(ends.getInt(Integer.BYTES));
    if (channel == null) {
      libc.close(readEnd);
      libc.close(ends.getInt(Integer.BYTES));
      throw new FuseException("libfuse has no memory for a channel");
    }
  }

  /** Where libfuse sends its reply. */
  Pointer channel() {
    return channel;
  }

  /** What libfuse has sent since the last time; bytes, or less than 0 where there is nothing. */
  int read(Pointer to, int most) {
    return (int) libc.read(readEnd, to.address(), most);
  }

  @Override
  public void close() {
    // Closes its descriptor.
    fuse.fuse_chan_destroy(channel);
    libc.close(readEnd);
  }
}
