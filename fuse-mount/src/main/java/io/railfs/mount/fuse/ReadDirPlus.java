package io.railfs.mount.fuse;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.jffi.NativeRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers FUSE_READDIRPLUS, which libfuse 2.9 does not know: entries with their attributes, so that
 * the kernel need not look each one up, at some 25 us and two changes of context a name. Belongs to
 * one thread.
 *
 * <p>Every name that the kernel is told of has to be in libfuse's table, with a count of how often
 * it was told. So the request is taken apart into those that libfuse knows, a READDIR and a LOOKUP
 * for each entry, which are given to it one by one over a channel whose other end is a pipe of ours
 * ({@link Replies}); from the replies the one that the kernel waits for is put together. Where it
 * cannot be handed over, libfuse is told to forget the names again.
 *
 * <p>A LOOKUP is answered from what is known already, and an entry that is not known goes without
 * attributes: the kernel asks for it if anybody wants it. So the answer never waits for more than
 * the listing.
 *
 * <p>Field positions are those of linux/fuse.h: fuse_in_header is 40 bytes, fuse_read_in 40,
 * fuse_out_header 16, fuse_dirent 24 and the name up to a multiple of 8, fuse_entry_out 128; a
 * fuse_direntplus is the last two, the other way round.
 */
final class ReadDirPlus implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReadDirPlus.class);

  static final int OPCODE = 44;

  private static final int LOOKUP = 1;
  private static final int FORGET = 2;
  private static final int READDIR = 28;

  private static final int IN_LENGTH = 0;
  private static final int IN_OPCODE = 4;
  private static final int IN_UNIQUE = 8;
  private static final int IN_NODE = 16;
  private static final int IN_HEADER = 40;
  private static final int READ_SIZE = IN_HEADER + 16;
  private static final int READ_LENGTH = IN_HEADER + 40;

  private static final int OUT_HEADER = 16;
  private static final int OUT_ERROR = 4;
  private static final int DIRENT = 24;
  private static final int DIRENT_NAME_LENGTH = 16;
  private static final int ENTRY_OUT = 128;
  private static final int FOUND = OUT_HEADER + ENTRY_OUT;
  private static final int FORGET_LENGTH = IN_HEADER + Long.BYTES;
  private static final int MAX_NAME = 255;

  /** LOOKUPs whose replies fit into the smallest pipe, of 4 KiB. */
  private static final int BATCH = 28;

  /** A READDIR of this size has room for the longest name. */
  private static final int LEAST_PART = 512;

  /** Answers are no larger than that; the kernel asks again. */
  private static final int MOST = 128 << 10;

  private final LibFuse2 fuse;
  private final LibC libc;
  private final Pointer session;
  private final RailFuse callbacks;
  private final Replies replies;
  private final Pointer questionMemory;
  private final Pointer entriesMemory;
  private final Pointer foundMemory;
  private final Pointer answerMemory;

  /** Addresses: of what libfuse is asked, of its READDIR, of its LOOKUPs, of our reply. */
  private final long question;

  private final long entries;
  private final long found;
  private final long answer;

  /** The request being answered: where it stands, how long its answer may be and is. */
  private long request;

  private int limit;
  private int length;

  ReadDirPlus(LibFuse2 fuse, LibC libc, Pointer session, RailFuse callbacks) throws FuseException {
    Runtime runtime = NativeRuntime.getInstance();
    this.fuse = fuse;
    this.libc = libc;
    this.session = session;
    this.callbacks = callbacks;
    this.replies = new Replies(fuse, libc);
    this.questionMemory = Memory.allocateDirect(runtime, READ_LENGTH + MAX_NAME + 1);
    this.entriesMemory = Memory.allocateDirect(runtime, OUT_HEADER + MOST / 4);
    this.foundMemory = Memory.allocateDirect(runtime, BATCH * FOUND);
    this.answerMemory = Memory.allocateDirect(runtime, OUT_HEADER + MOST);
    this.question = questionMemory.address();
    this.entries = entriesMemory.address();
    this.found = foundMemory.address();
    this.answer = answerMemory.address();
  }

  static boolean is(Pointer request, int length) {
    return length >= READ_LENGTH && request.getInt(IN_OPCODE) == OPCODE;
  }

  /** Answers the request, to the descriptor that it came from. */
  void answer(Pointer readDirPlus, int descriptor) {
    request = readDirPlus.address();
    limit = Math.min(MOST, Native.getInt(request + READ_SIZE));
    length = 0;
    int error;
    callbacks.answerFromCacheOnly(true);
    try {
      error = collect();
    } catch (RuntimeException e) {
      log.error("readdir failed by a defect of RailFS; the program gets an I/O error", e);
      error = -Errno.EIO;
    } finally {
      callbacks.answerFromCacheOnly(false);
    }
    int total = OUT_HEADER + (error == 0 ? length : 0);
    Native.putInt(answer, total);
    Native.putInt(answer + OUT_ERROR, error);
    Native.putLong(answer + 8, Native.getLong(request + IN_UNIQUE));
    if (libc.write(descriptor, answerMemory, total) != total || error != 0) {
      // Whoever asked has gone meanwhile.
      forgetAll();
    }
  }

  /** Fills the answer; an error number below 0, or 0. */
  private int collect() {
    int got = list();
    if (got < OUT_HEADER) {
      return -Errno.EIO;
    }
    if (Native.getInt(entries + OUT_ERROR) == 0) {
      long at = entries + OUT_HEADER;
      long end = entries + got;
      while (at < end) {
        long next = appendBatch(at, end);
        if (next == at) {
          break;
        }
        at = next;
      }
    }
    return Native.getInt(entries + OUT_ERROR);
  }

  /** The entries that fit, as libfuse lists them. */
  private int list() {
    Native.copy(request, question, READ_LENGTH);
    Native.putInt(question + IN_LENGTH, READ_LENGTH);
    Native.putInt(question + IN_OPCODE, READDIR);
    // Behind a name of common length an entry with attributes takes four times one without.
    Native.putInt(question + READ_SIZE, Math.min(Math.max(LEAST_PART, limit / 4), limit));
    process(READ_LENGTH);
    return replies.read(entriesMemory, OUT_HEADER + MOST / 4);
  }

  private void process(int requestLength) {
    fuse.fuse_session_process(session, questionMemory, requestLength, replies.channel());
  }

  /** Bytes of the entry that stands there. */
  private static int direntLength(long at) {
    return DIRENT + (Native.getInt(at + DIRENT_NAME_LENGTH) + 7 & ~7);
  }

  /** Appends some entries from there on; where the next one stands, the same if none fits. */
  private long appendBatch(long from, long end) {
    int room = limit - length;
    int count = 0;
    long at = from;
    while (count < BATCH && at + DIRENT < end && at + direntLength(at) <= end) {
      room -= ENTRY_OUT + direntLength(at);
      if (room < 0) {
        break;
      }
      if (!isSpecial(at)) {
        lookUp(at);
      }
      at += direntLength(at);
      count++;
    }
    append(from, at);
    return at;
  }

  /** Whether it is "." or "..", which the kernel knows. */
  private static boolean isSpecial(long at) {
    int nameLength = Native.getInt(at + DIRENT_NAME_LENGTH);
    return nameLength <= 2
        && Native.getByte(at + DIRENT) == '.'
        && (nameLength == 1 || Native.getByte(at + DIRENT + 1) == '.');
  }

  private void lookUp(long at) {
    int nameLength = Native.getInt(at + DIRENT_NAME_LENGTH);
    int total = IN_HEADER + nameLength + 1;
    Native.copy(request, question, IN_HEADER);
    Native.putInt(question + IN_LENGTH, total);
    Native.putInt(question + IN_OPCODE, LOOKUP);
    Native.copy(at + DIRENT, question + IN_HEADER, nameLength);
    Native.putByte(question + IN_HEADER + nameLength, 0);
    process(total);
  }

  /** Appends the entries that stand from there to there, with the replies to their LOOKUPs. */
  private void append(long from, long end) {
    int got = replies.read(foundMemory, BATCH * FOUND);
    long reply = found;
    for (long at = from; at < end; at += direntLength(at)) {
      long to = answer + OUT_HEADER + length;
      int replyLength = 0;
      if (!isSpecial(at) && reply + OUT_HEADER <= found + got) {
        replyLength = Native.getInt(reply);
      }
      if (replyLength == FOUND && Native.getInt(reply + OUT_ERROR) == 0) {
        Native.copy(reply + OUT_HEADER, to, ENTRY_OUT);
      } else {
        // Without attributes: a node of 0.
        Native.zero(to, ENTRY_OUT);
      }
      reply += replyLength;
      Native.copy(at, to + ENTRY_OUT, direntLength(at));
      length += ENTRY_OUT + direntLength(at);
    }
  }

  private void forgetAll() {
    long at = answer + OUT_HEADER;
    long end = at + length;
    while (at < end) {
      long node = Native.getLong(at);
      if (node != 0) {
        Native.copy(request, question, IN_HEADER);
        Native.putInt(question + IN_LENGTH, FORGET_LENGTH);
        Native.putInt(question + IN_OPCODE, FORGET);
        Native.putLong(question + IN_NODE, node);
        Native.putLong(question + IN_HEADER, 1);
        // Has no reply.
        process(FORGET_LENGTH);
      }
      at += ENTRY_OUT + direntLength(at + ENTRY_OUT);
    }
  }

  @Override
  public void close() {
    replies.close();
  }
}
