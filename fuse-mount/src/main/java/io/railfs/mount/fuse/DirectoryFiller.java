package io.railfs.mount.fuse;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import io.railfs.protocol.RailPath;
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
final class DirectoryFiller {
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
   */
  DirectoryFiller begin(long bufferAddress, long fillFunction) {
    this.buffer = bufferAddress;
    this.function = fillFunction;
    return this;
  }

  /** The stat that goes with the next entry; only inode number and type matter. */
  FileStat stat() {
    return stat;
  }

  /**
   * Adds an entry.
   *
   * @param nameLatin1 one char for each byte
   * @param nextOffset where the listing goes on behind it
   * @return false where it did not fit and the answer is complete
   */
  boolean add(String nameLatin1, long nextOffset) {
    byte[] bytes = nameLatin1.getBytes(StandardCharsets.ISO_8859_1);
    name.put(0, bytes, 0, bytes.length);
    name.putByte(bytes.length, (byte) 0);
    long full =
        Invoker.getInstance()
            .invokeN4(FILL_DIR, function, buffer, name.address(), statAddress, nextOffset);
    return (int) full == 0;
  }
}
