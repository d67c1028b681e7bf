// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.kenai.jffi.MemoryIO;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * Asks another process of this host for a descriptor, over a Unix socket: one request as text, and
 * as the answer one descriptor (SCM_RIGHTS) or a sentence that says why not. Blocks; thread-safe.
 */
public final class DescriptorRequest {
  // From the kernel's socket.h and un.h.
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** What a struct sockaddr_un holds, without the NUL. */
  private static final int MAX_PATH = 107;

  /** Of a struct msghdr, on machines of 64 bits. */
  private static final int MESSAGE_BYTES = 56;

  /**
   * Of a struct cmsghdr with one descriptor. Without what would align a next one, which the kernel
   * takes for room for a second descriptor: those without room it closes itself.
   */
  private static final int CONTROL_BYTES = 20;

  private static final int MAX_SENTENCE = 4096;
  private static final long PAUSE_MILLIS = 200;

  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int ECONNREFUSED = 111;

  private static final LibC LIBC = LibraryLoader.create(LibC.class).failImmediately().load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);
  private static final MemoryIO MEMORY = MemoryIO.getInstance();

  private final Path socket;
  private final String request;
  private final Check check;

  /** Whether a descriptor is what was asked for. */
  public interface Check {
    /**
     * Returns where it is.
     *
     * @throws IOException with one sentence that says what it is instead, or why that is not known
     */
    void require(int descriptor) throws IOException;
  }

  private DescriptorRequest(Path socket, String request, Check check) {
    this.socket = socket;
    this.request = request;
    this.check = check;
  }

  /**
   * Asks.
   *
   * @param check of what is given, which is closed where it is something else
   * @param wait how long the other process may take to be there
   * @param limit how long its answer may take
   * @return the descriptor, which is the caller's to close
   * @throws IOException with one sentence where there is none: that of the other process, or why it
   *     could not be asked
   * @throws InterruptedException while the other process is not there
   */
  public static int send(Path socket, String request, Check check, Duration wait, Duration limit)
      throws IOException, InterruptedException {
    return new DescriptorRequest(socket, request, check).send(wait, limit);
  }

  private int send(Duration wait, Duration limit) throws IOException, InterruptedException {
    if (socket.toString().getBytes(UTF_8).length > MAX_PATH) {
      throw new IOException(
          "the path of the socket " + socket + " has more than " + MAX_PATH + " bytes");
    }
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      int fd = connect(limit, System.nanoTime() - deadline >= 0);
      if (fd >= 0) {
        try {
          return checked(exchange(fd));
        } finally {
          close(fd);
        }
      }
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  /** -1 where nobody is there yet, unless this was the last attempt. */
  private int connect(Duration limit, boolean isLast) throws IOException {
    int fd = LIBC.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw failure("no socket can be made", errno());
    }
    byte[] time =
        ByteBuffer.allocate(2 * Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .putLong(limit.toSeconds())
            .putLong(limit.toNanosPart() / 1000)
            .array();
    byte[] address = address();
    int result = LIBC.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, time, time.length);
    if (result == 0) {
      result = LIBC.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, time, time.length);
    }
    if (result == 0) {
      result = LIBC.connect(fd, address, address.length);
    }
    if (result == 0) {
      return fd;
    }
    int errno = errno();
    close(fd);
    if (!isLast && (errno == ENOENT || errno == ECONNREFUSED || errno == EINTR)) {
      return -1;
    }
    throw failure("the socket " + socket + " cannot be reached", errno);
  }

  private byte[] address() {
    byte[] path = socket.toString().getBytes(UTF_8);
    byte[] address =
        ByteBuffer.allocate(Short.BYTES + path.length + 1)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_UNIX)
            .put(path)
            .array();
    return address;
  }

  private int checked(int given) throws IOException {
    boolean taken = false;
    try {
      check.require(given);
      taken = true;
      return given;
    } finally {
      if (!taken) {
        close(given);
      }
    }
  }

  /** What close(2) reports is of no use: the descriptor is free in any case. */
  private static void close(int fd) {
    int unused = LIBC.close(fd);
  }

  private int exchange(int fd) throws IOException {
    byte[] bytes = request.getBytes(UTF_8);
    for (int sent = 0; sent < bytes.length; ) {
      byte[] rest = Arrays.copyOfRange(bytes, sent, bytes.length);
      long count = LIBC.send(fd, rest, rest.length, MSG_NOSIGNAL);
      if (count >= 0) {
        sent += (int) count;
      } else if (errno() != EINTR) {
        // What the other side has said before it closed is worth more than that it did.
        break;
      }
    }
    return receive(fd);
  }

  private int receive(int fd) throws IOException {
    Message message = new Message();
    ByteArrayOutputStream sentence = new ByteArrayOutputStream();
    while (sentence.size() < MAX_SENTENCE) {
      message.prepare();
      long count = LIBC.recvmsg(fd, message.address, MSG_CMSG_CLOEXEC);
      if (count > 0) {
        OptionalInt descriptor = message.descriptor();
        if (descriptor.isPresent()) {
          return descriptor.getAsInt();
        }
        sentence.write(message.bytes((int) count), 0, (int) count);
      } else if (count == 0) {
        break;
      } else if (errno() != EINTR) {
        throw failure("the socket " + socket + " gives no answer", errno());
      }
    }
    String text = sentence.toString(UTF_8).replaceAll("\\p{Cntrl}", " ").strip();
    throw new IOException(
        text.isEmpty() ? "the process at " + socket + " closed the connection" : text);
  }

  private static int errno() {
    return LastError.getLastError(RUNTIME);
  }

  private static IOException failure(String what, int errno) {
    return new IOException(
        what + ": " + (errno == EAGAIN ? "the time is over" : LIBC.strerror(errno)));
  }

  /** A struct msghdr with one piece of memory and room for one descriptor. */
  private static final class Message {
    private final ByteBuffer header = direct(MESSAGE_BYTES);
    private final ByteBuffer vector = direct(2 * Long.BYTES);
    private final ByteBuffer control = direct(CONTROL_BYTES);
    private final ByteBuffer data = direct(MAX_SENTENCE);
    final long address = addressOf(header);

    void prepare() {
      vector.putLong(0, addressOf(data)).putLong(8, data.capacity());
      header
          .putLong(0, 0)
          .putLong(8, 0)
          .putLong(16, addressOf(vector))
          .putLong(24, 1)
          .putLong(32, addressOf(control))
          .putLong(40, CONTROL_BYTES)
          .putLong(48, 0);
    }

    OptionalInt descriptor() {
      boolean isThere =
          header.getLong(40) >= CONTROL_BYTES
              && control.getInt(8) == SOL_SOCKET
              && control.getInt(12) == SCM_RIGHTS;
      return isThere ? OptionalInt.of(control.getInt(16)) : OptionalInt.empty();
    }

    byte[] bytes(int count) {
      byte[] copy = new byte[count];
      data.get(0, copy);
      return copy;
    }

    private static ByteBuffer direct(int bytes) {
      return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static long addressOf(ByteBuffer direct) {
      return MEMORY.getDirectBufferAddress(direct);
    }
  }
}
