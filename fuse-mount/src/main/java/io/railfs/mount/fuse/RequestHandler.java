// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import com.google.protobuf.ByteString;
import io.railfs.mount.cache.Pages;
import io.railfs.mount.fs.FsException;
import io.railfs.mount.fs.NameScratch;
import io.railfs.mount.fs.OpenFile;
import io.railfs.mount.fs.Operation;
import io.railfs.mount.fs.OperationCounters;
import io.railfs.mount.fs.RailFileSystem;
import java.util.Map;
import jnr.ffi.Runtime;
import jnr.ffi.provider.jffi.NativeRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests of the kernel, each in a few lines that turn its fields into arguments of {@link
 * RailFileSystem} and the answer into a reply. Belongs to one thread. No exception leaves it, and
 * every request that wants a reply gets one.
 */
final class RequestHandler {
  private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);

  private static final int O_ACCMODE = 3;
  private static final int O_TRUNC = 01000;
  private static final int W_OK = 2;
  private static final ByteString USER_NAMESPACE = ByteString.copyFromUtf8("user.");
  private static final int FORGET_ONE = 16;

  private final RailFileSystem fileSystem;
  private final OperationCounters counters;
  private final ReadHandler reads;
  private final Failures failures;
  private final AttributeWriter attributes;
  private final NameScratch scratch = new NameScratch();
  private final OpenFile.Scratch readScratch = new OpenFile.Scratch();
  private final ReplyBuffer reply;
  private final ReadReply readReply;
  private final DirectoryReply directoryReply;

  /**
   * @param fd the kernel's end of the mount
   * @param pending takes the reads that are answered later
   */
  RequestHandler(
      RailFileSystem fileSystem,
      LibC libc,
      int fd,
      FuseConfig.Timeouts timeouts,
      ReadHandler reads,
      PendingReplies pending) {
    this.fileSystem = fileSystem;
    this.counters = fileSystem.operations();
    this.reads = reads;
    this.failures = reads.failures();
    this.attributes = new AttributeWriter(timeouts);
    Runtime runtime = NativeRuntime.getInstance();
    this.reply = new ReplyBuffer(libc, runtime, fd);
    int parts = FuseInit.MAX_READ / Pages.SIZE + 1;
    this.readReply = new ReadReply(libc, runtime, fd, parts, pending);
    this.directoryReply = new DirectoryReply(fileSystem, attributes, reply, scratch);
  }

  /**
   * Answers a request.
   *
   * @param request its address
   * @param length bytes that were read
   */
  void handle(long request, int length) {
    int opcode = Wire.opcode(request);
    long unique = Wire.unique(request);
    boolean isWhole =
        length == Wire.length(request) && length >= Wire.IN_HEADER + Wire.minBody(opcode);
    if (!isWhole) {
      log.warn("a request with opcode {} of {} bytes is not understood", opcode, length);
      reply.fail(unique, Errno.EINVAL);
    } else if (opcode == Wire.READ) {
      reads.read(request, readReply.begin(unique), readScratch);
    } else {
      try {
        dispatch(opcode, request, length);
      } catch (Throwable e) {
        reply.fail(unique, failures.errno(name(opcode), e));
      }
    }
  }

  private void dispatch(int opcode, long request, int length) throws FsException {
    switch (opcode) {
      case Wire.LOOKUP -> lookup(request, length);
      case Wire.GETATTR -> getattr(request);
      case Wire.READDIRPLUS, Wire.READDIR -> readdir(request, opcode == Wire.READDIRPLUS);
      case Wire.OPEN -> open(request);
      case Wire.RELEASE -> release(request);
      case Wire.OPENDIR -> opendir(request);
      case Wire.RELEASEDIR -> releasedir(request);
      case Wire.FORGET -> forget(Wire.node(request), body(request));
      case Wire.BATCH_FORGET -> forgetAll(request, length);
      case Wire.READLINK -> readlink(request);
      case Wire.GETXATTR -> getxattr(request, length);
      case Wire.LISTXATTR -> listxattr(request);
      case Wire.STATFS -> statfs(request);
      case Wire.ACCESS -> access(request);
      case Wire.DESTROY -> reply.send(Wire.unique(request), 0);
      case Wire.INTERRUPT, Wire.NOTIFY_REPLY -> ignore(opcode);
      default -> refuse(opcode, request);
    }
  }

  /** A file system is free to ignore that a request is not urgent any more; no reply is wanted. */
  private static void ignore(int opcode) {
    log.trace("opcode {} needs no answer", opcode);
  }

  /**
   * Every change ends in EROFS here too, not only by the kernel's ro flag, which a remount could
   * take away. What is not known gets ENOSYS; the kernel does not ask for most of it again.
   */
  private void refuse(int opcode, long request) {
    int errno =
        switch (opcode) {
          case Wire.SETATTR,
              Wire.SYMLINK,
              Wire.MKNOD,
              Wire.MKDIR,
              Wire.UNLINK,
              Wire.RMDIR,
              Wire.RENAME,
              Wire.RENAME2,
              Wire.LINK,
              Wire.WRITE,
              Wire.SETXATTR,
              Wire.REMOVEXATTR,
              Wire.CREATE,
              Wire.TMPFILE,
              Wire.FALLOCATE,
              Wire.COPY_FILE_RANGE ->
              Errno.EROFS;
          case Wire.INIT -> Errno.EIO;
          default -> Errno.ENOSYS;
        };
    reply.fail(Wire.unique(request), errno);
  }

  /** What programs would call it, for the log. */
  private static String name(int opcode) {
    return switch (opcode) {
      case Wire.LOOKUP -> "lookup";
      case Wire.GETATTR -> "stat";
      case Wire.READDIR, Wire.READDIRPLUS -> "readdir";
      case Wire.OPEN -> "open";
      case Wire.RELEASE -> "close";
      case Wire.OPENDIR -> "opendir";
      case Wire.RELEASEDIR -> "closedir";
      case Wire.READLINK -> "readlink";
      case Wire.GETXATTR -> "getxattr";
      case Wire.LISTXATTR -> "listxattr";
      case Wire.STATFS -> "statfs";
      case Wire.ACCESS -> "access";
      default -> "request " + opcode;
    };
  }

  private static long body(long request) {
    return Native.getLong(request + Wire.IN_HEADER);
  }

  /** Takes the text that begins there into the scratch; false where it is no name. */
  private boolean takeName(long from, int most) throws FsException {
    int nameLength = Native.textLength(from, most);
    if (nameLength > scratch.name().length) {
      throw new FsException(
          FsException.Problem.NAME_TOO_LONG, "a name of " + nameLength + " bytes");
    }
    if (nameLength <= 0) {
      return false;
    }
    Native.getBytes(from, scratch.name(), nameLength);
    scratch.setNameLength(nameLength);
    return true;
  }

  private void lookup(long request, int length) throws FsException {
    counters.began(Operation.LOOKUP);
    long unique = Wire.unique(request);
    int refreshes = fileSystem.refreshes();
    if (!takeName(request + Wire.IN_HEADER, length - Wire.IN_HEADER)) {
      reply.fail(unique, Errno.EINVAL);
    } else if (fileSystem.lookup(Wire.node(request), scratch)) {
      long node = scratch.node();
      attributes.writeEntry(reply.body(), node, scratch.inode(), scratch.entry());
      if (reply.send(unique, Wire.ENTRY_OUT)) {
        // Where that happened before the kernel had it, it was taken back too early.
        fileSystem.takeBackIfOutdated(node, refreshes);
      } else {
        fileSystem.nodes().forget(node, 1);
      }
    } else {
      counters.notFound();
      attributes.writeMissing(reply.body());
      reply.send(unique, Wire.ENTRY_OUT);
    }
  }

  private void getattr(long request) throws FsException {
    counters.began(Operation.STAT);
    fileSystem.attributes(Wire.node(request), scratch);
    attributes.writeAttr(reply.body(), scratch.inode(), scratch.entry());
    reply.send(Wire.unique(request), Wire.ATTR_OUT);
  }

  private void forget(long node, long lookups) {
    counters.began(Operation.FORGET);
    fileSystem.nodes().forget(node, lookups);
  }

  private void forgetAll(long request, int length) {
    long at = request + Wire.IN_HEADER + 8;
    long room = ((long) length - Wire.IN_HEADER - 8) / FORGET_ONE;
    long count = Math.min(Native.getInt(request + Wire.IN_HEADER) & 0xffff_ffffL, room);
    for (long i = 0; i < count; i++) {
      forget(Native.getLong(at), Native.getLong(at + 8));
      at += FORGET_ONE;
    }
  }

  private void open(long request) throws FsException {
    counters.began(Operation.OPEN);
    long unique = Wire.unique(request);
    int flags = Native.getInt(request + Wire.IN_HEADER);
    if ((flags & O_ACCMODE) != 0 || (flags & O_TRUNC) != 0) {
      reply.fail(unique, Errno.EROFS);
      return;
    }
    long handle = fileSystem.open(Wire.node(request), scratch);
    // A node is one version: what the kernel has of it stays right.
    if (!sendOpened(unique, handle, Wire.FOPEN_KEEP_CACHE)) {
      fileSystem.release(handle);
    }
  }

  private boolean sendOpened(long unique, long handle, int flags) {
    Native.putLong(reply.body(), handle);
    Native.putInt(reply.body() + 8, flags);
    Native.putInt(reply.body() + 12, 0);
    return reply.send(unique, Wire.OPEN_OUT);
  }

  private void release(long request) {
    counters.began(Operation.CLOSE);
    fileSystem.release(body(request));
    reply.send(Wire.unique(request), 0);
  }

  private void opendir(long request) throws FsException {
    counters.began(Operation.OPENDIR);
    RailFileSystem.OpenedDirectory opened = fileSystem.openDirectory(Wire.node(request), scratch);
    int flags =
        (opened.mayKeep() ? Wire.FOPEN_CACHE_DIR : 0)
            | (opened.isKept() ? Wire.FOPEN_KEEP_CACHE : 0);
    if (!sendOpened(Wire.unique(request), opened.handle(), flags)) {
      fileSystem.releaseDirectory(opened.handle());
    }
  }

  private void releasedir(long request) {
    counters.began(Operation.CLOSEDIR);
    fileSystem.releaseDirectory(body(request));
    reply.send(Wire.unique(request), 0);
  }

  private void readdir(long request, boolean plus) throws FsException {
    counters.began(Operation.READDIR);
    long offset = Native.getLong(request + Wire.IN_HEADER + 8);
    int size = Native.getInt(request + Wire.IN_HEADER + 16);
    directoryReply.answer(
        Wire.unique(request), fileSystem.directory(body(request)), offset, size, plus);
  }

  private void readlink(long request) throws FsException {
    counters.began(Operation.READLINK);
    byte[] target = fileSystem.readLink(Wire.node(request), scratch).toByteArray();
    Native.putBytes(reply.body(), target, 0, target.length);
    reply.send(Wire.unique(request), target.length);
  }

  private void statfs(long request) throws FsException {
    counters.began(Operation.STATFS);
    AttributeWriter.writeSpace(reply.body(), fileSystem.space());
    reply.send(Wire.unique(request), Wire.STATFS_OUT);
  }

  private void access(long request) throws FsException {
    counters.began(Operation.ACCESS);
    fileSystem.attributes(Wire.node(request), scratch);
    long unique = Wire.unique(request);
    // Modes are checked by the kernel (default_permissions); only writing is ours to refuse.
    if ((Native.getInt(request + Wire.IN_HEADER) & W_OK) != 0) {
      reply.fail(unique, Errno.EROFS);
    } else {
      reply.send(unique, 0);
    }
  }

  private void getxattr(long request, int length) throws FsException {
    counters.began(Operation.GETXATTR);
    long unique = Wire.unique(request);
    if (!takeName(request + Wire.IN_HEADER + 8, length - Wire.IN_HEADER - 8)) {
      reply.fail(unique, Errno.EINVAL);
      return;
    }
    ByteString wanted = ByteString.copyFrom(scratch.name(), 0, scratch.nameLength());
    if (!wanted.startsWith(USER_NAMESPACE)) {
      // Asked of every file by ls and by the kernel (capabilities, ACLs). Not "there is none", but
      // "no such namespace here": then ls asks once for a file system, not for each file.
      reply.fail(unique, Errno.EOPNOTSUPP);
      return;
    }
    ByteString found = fileSystem.xattrs(Wire.node(request), scratch).get(wanted);
    if (found == null) {
      throw new FsException(FsException.Problem.NO_ATTRIBUTE, "there is no such attribute");
    }
    sendSized(request, found.toByteArray());
  }

  private void listxattr(long request) throws FsException {
    counters.began(Operation.LISTXATTR);
    Map<ByteString, ByteString> xattrs = fileSystem.xattrs(Wire.node(request), scratch);
    ByteString.Output names = ByteString.newOutput();
    for (ByteString name : xattrs.keySet()) {
      byte[] bytes = name.toByteArray();
      names.write(bytes, 0, bytes.length);
      names.write(0);
    }
    sendSized(request, names.toByteString().toByteArray());
  }

  /** Answers with bytes, or with their number where only that is asked for (size 0). */
  private void sendSized(long request, byte[] bytes) {
    long unique = Wire.unique(request);
    int size = Native.getInt(request + Wire.IN_HEADER);
    if (size == 0) {
      Native.putInt(reply.body(), bytes.length);
      Native.putInt(reply.body() + 4, 0);
      reply.send(unique, Wire.XATTR_OUT);
    } else if (bytes.length > size || bytes.length > ReplyBuffer.MAX) {
      reply.fail(unique, Errno.ERANGE);
    } else {
      Native.putBytes(reply.body(), bytes, 0, bytes.length);
      reply.send(unique, bytes.length);
    }
  }
}
