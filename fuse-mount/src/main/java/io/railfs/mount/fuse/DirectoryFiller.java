package io.railfs.mount.fuse;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import io.railfs.mount.fs.OpenDirectory;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.FileType;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FileStat;

/**
 * Calls libfuse's {@code fuse_fill_dir_t}, which adds an entry to the answer of a readdir. It is
 * called through jffi by its address, with memory that is reused from call to call. Belongs to one
 * thread.
 */
final class DirectoryFiller implements OpenDirectory.Reader {
  private static final CallContext FILL_DIR =
      CallContext.getCallContext(
          Type.SINT32,
          new Type[] {Type.POINTER, Type.POINTER, Type.POINTER, Type.SINT64},
          CallingConvention.DEFAULT,
          false);

  private final FileStat stat;
  private final long statAddress;
  private final Pointer name;
  private long buffer;
  private long function;
  private long nextOffset;
  private long directoryHash;

  DirectoryFiller(Runtime runtime) {
    this.stat = new FileStat(runtime);
    // Not only a view: the memory stays reachable through the struct.
    Pointer memory = Memory.allocateDirect(runtime, Struct.size(stat), true);
    stat.useMemory(memory);
    this.statAddress = memory.address();
    this.name = Memory.allocateDirect(runtime, RailPath.MAX_NAME_LENGTH + 1);
  }

  /**
   * Begins an answer.
   *
   * @param bufferAddress what libfuse wants back with each call
   * @param fillFunction address of its function
   * @param directory whose entries follow
   * @param offset number of the first
   */
  DirectoryFiller begin(long bufferAddress, long fillFunction, RailPath directory, long offset) {
    this.buffer = bufferAddress;
    this.function = fillFunction;
    this.nextOffset = offset;
    this.directoryHash = StatWriter.hash(directory.isRoot() ? "/" : directory.latin1() + "/");
    return this;
  }

  @Override
  public boolean special(String text, RailPath meant) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    long inode = StatWriter.inode(meant.latin1());
    return add(bytes, 0, bytes.length, inode, FileType.DIRECTORY);
  }

  @Override
  public boolean entry(byte[] bytes, int start, int length, FileType type) {
    long inode = StatWriter.inode(directoryHash, bytes, start, length);
    return add(bytes, start, length, inode, type);
  }

  /** False where it did not fit and the answer is complete. */
  private boolean add(byte[] bytes, int start, int length, long inode, FileType type) {
    StatWriter.writeEntry(stat, inode, type);
    name.put(0, bytes, start, length);
    name.putByte(length, (byte) 0);
    nextOffset++;
    long full =
        Invoker.getInstance()
            .invokeN4(FILL_DIR, function, buffer, name.address(), statAddress, nextOffset);
    return (int) full == 0;
  }
}
