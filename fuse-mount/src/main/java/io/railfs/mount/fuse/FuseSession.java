package io.railfs.mount.fuse;

import io.railfs.mount.cache.Pages;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.fs.ReadScratch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.provider.jffi.NativeRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * A mounted FUSE session whose requests are answered by fixed Java threads. libfuse's own loop
 * would make native threads come and go, each of which attaches to the JVM for a callback; that
 * halves the rate of small reads (docs/adr/0001).
 *
 * <pre>
 *   mount() --- fuse_setup, handshake ---> serving --- unmounted by anyone ---> ended --- close() ---> freed
 * </pre>
 *
 * <p>A read within one page that has to wait for the network is answered by the event loop that
 * brings its bytes ({@link LateReplies}); a larger one occupies its thread, so their number bounds
 * the large reads in flight.
 */
public final class FuseSession implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FuseSession.class);

  private static final int O_RDWR = 2;
  private static final int FUSERMOUNT_SECONDS = 10;
  private static final int JOIN_SECONDS = 10;

  /** For late reads of a mount that is gone; the client that is closed next ends them. */
  private static final int LATE_SECONDS = 2;

  private final LibFuse2 fuse;
  private final LibC libc;
  private final RailFuse callbacks;
  private final Path mountpoint;
  private final Pointer handle;
  private final Pointer session;
  private final Pointer channel;
  private final Pointer mountpointText;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch ended;
  private final RequestsInWork inWork;
  private final ReadyThreads ready = new ReadyThreads();
  private final LateReplies late;

  /** What native code points into; reachable as long as this object is. */
  private final List<Object> reachable;

  private boolean closed;
  private volatile boolean broken;

  /** The mount is gone, or is to go. */
  private volatile boolean ending;

  private FuseSession(
      LibFuse2 fuse,
      LibC libc,
      RailFuse callbacks,
      Path mountpoint,
      Pointer handle,
      Pointer session,
      Pointer channel,
      Pointer mountpointText,
      int threadCount,
      int lateReads,
      List<Object> reachable) {
    this.fuse = fuse;
    this.libc = libc;
    this.callbacks = callbacks;
    this.mountpoint = mountpoint;
    this.handle = handle;
    this.session = session;
    this.channel = channel;
    this.mountpointText = mountpointText;
    this.reachable = reachable;
    this.ended = new CountDownLatch(threadCount);
    this.inWork = new RequestsInWork(threadCount);
    this.late =
        new LateReplies(
            libc, NativeRuntime.getInstance(), fuse.fuse_chan_fd(channel), callbacks, lateReads);
  }

  /** A last step before a mount. */
  public interface Before<E extends Exception> {
    void run() throws E;
  }

  /**
   * Mounts and starts to answer.
   *
   * @param mountpoint absolute, an existing directory
   * @param options mount options, as behind -o
   * @param threadCount requests answered at a time
   * @param lateReads reads that may besides wait for their bytes without a thread
   * @param maxReadahead bytes that the kernel may read ahead of a sequential reader
   * @param before runs right before the mount, when all that takes time is done
   */
  public static <E extends Exception> FuseSession mount(
      RailFileSystem fileSystem,
      Path mountpoint,
      List<String> options,
      int threadCount,
      int lateReads,
      int maxReadahead,
      Before<E> before)
      throws FuseException, E {
    LibFuse2 fuse = load(LibFuse2.class, "libfuse.so.2", "install the package libfuse2");
    LibC libc = load(LibC.class, "libc.so.6", "RailFS runs on Linux with glibc");
    Runtime runtime = NativeRuntime.getInstance();
    RailFuse callbacks = new RailFuse(fileSystem, runtime);
    FuseOperations operations = callbacks.operations();
    List<Object> reachable = new ArrayList<>(List.of(operations));
    Pointer argv = arguments(runtime, mountpoint, options, reachable);
    Pointer mountpointRef = Memory.allocateDirect(runtime, Long.BYTES, true);
    Pointer multithreaded = Memory.allocateDirect(runtime, Integer.BYTES, true);
    before.run();
    Pointer handle =
        fuse.fuse_setup(
            ARGUMENT_COUNT,
            argv,
            Struct.getMemory(operations),
            Struct.size(operations),
            mountpointRef,
            multithreaded,
            null);
    if (handle == null) {
      throw new FuseException(
          "libfuse could not mount on "
              + mountpoint
              + "; its own words are in the lines above this one in the log");
    }
    Pointer session = fuse.fuse_get_session(handle);
    Pointer channel = fuse.fuse_session_next_chan(session, null);
    FuseSession mounted =
        new FuseSession(
            fuse,
            libc,
            callbacks,
            mountpoint,
            handle,
            session,
            channel,
            mountpointRef.getPointer(0),
            threadCount,
            lateReads,
            reachable);
    try {
      Handshake.answer(fuse, libc, session, channel, devNullChannel(fuse, libc), maxReadahead);
    } catch (FuseException e) {
      fuse.fuse_teardown(handle, mountpointRef.getPointer(0));
      throw e;
    }
    mounted.start(threadCount);
    return mounted;
  }

  private static <T> T load(Class<T> type, String name, String advice) throws FuseException {
    try {
      return LibraryLoader.create(type).failImmediately().load(name);
    } catch (UnsatisfiedLinkError e) {
      throw new FuseException(
          "the library " + name + " cannot be loaded (" + e.getMessage() + "): " + advice, e);
    }
  }

  private static final int ARGUMENT_COUNT = 5;

  private static Pointer arguments(
      Runtime runtime, Path mountpoint, List<String> options, List<Object> reachable) {
    String[] words = {"railfs", "-f", "-o", String.join(",", options), mountpoint.toString()};
    Pointer argv = Memory.allocateDirect(runtime, (ARGUMENT_COUNT + 1) * Long.BYTES, true);
    reachable.add(argv);
    for (int i = 0; i < ARGUMENT_COUNT; i++) {
      byte[] bytes = words[i].getBytes(StandardCharsets.UTF_8);
      Pointer word = Memory.allocateDirect(runtime, bytes.length + 1, true);
      word.put(0, bytes, 0, bytes.length);
      argv.putPointer((long) i * Long.BYTES, word);
      reachable.add(word);
    }
    return argv;
  }

  private static Pointer devNullChannel(LibFuse2 fuse, LibC libc) throws FuseException {
    int fd = libc.open("/dev/null", O_RDWR);
    Pointer channel = fd < 0 ? null : fuse.fuse_kern_chan_new(fd);
    if (channel == null) {
      throw new FuseException("/dev/null cannot be opened");
    }
    return channel;
  }

  private void start(int threadCount) {
    for (int i = 0; i < threadCount; i++) {
      int index = i;
      Thread thread = new Thread(() -> serve(index), "fuse-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** The life of one thread: requests, one after the other, until the mount is gone. */
  private void serve(int index) {
    try (ReadDirPlus readDirPlus = new ReadDirPlus(fuse, libc, session, callbacks)) {
      Runtime runtime = NativeRuntime.getInstance();
      long size = fuse.fuse_chan_bufsize(channel);
      Pointer buffer = Memory.allocateDirect(runtime, Math.toIntExact(size));
      int fd = fuse.fuse_chan_fd(channel);
      int parts = Handshake.MAX_READ / Pages.SIZE + 1;
      ReadReply reply = new ReadReply(libc, runtime, fd, parts, late);
      ReadScratch scratch = new ReadScratch();
      while (!ending && ready.begin()) {
        // fuse_chan_recv does no more, at the price of three calls into native code.
        int length = (int) libc.read(fd, buffer.address(), size);
        ready.end();
        if (length >= Requests.HEADER_LENGTH) {
          inWork.turn(index);
          process(buffer, length, reply, scratch, readDirPlus);
          inWork.turn(index);
        } else if (!endsWell(length < 0 ? runtime.getLastError() : Errno.EIO)) {
          broken = true;
          break;
        }
      }
    } catch (FuseException e) {
      log.error("{}; a thread of {} ends", e.getMessage(), mountpoint);
      broken = true;
    } catch (InterruptedException e) {
      log.debug("a thread of {} ends before it began", mountpoint);
    } catch (RuntimeException | Error e) {
      log.error("a thread of {} failed by a defect of RailFS and ends", mountpoint, e);
      broken = true;
      throw e;
    } finally {
      if (ending) {
        ready.close(threads.size());
      }
      ended.countDown();
    }
  }

  /** Answers reads and READDIRPLUS itself, and leaves the rest to libfuse, which calls back. */
  private void process(
      Pointer buffer, int length, ReadReply reply, ReadScratch scratch, ReadDirPlus readDirPlus) {
    long request = buffer.address();
    if (Requests.isRead(request, length)) {
      callbacks.read(
          Requests.readHandle(request),
          Requests.readOffset(request),
          Requests.readSize(request),
          reply.begin(Requests.unique(request)),
          scratch);
    } else if (ReadDirPlus.is(buffer, length)) {
      readDirPlus.answer(buffer, fuse.fuse_chan_fd(channel));
    } else if (!Requests.isInterrupt(request)) {
      // libfuse would tell the kernel to ask again for an interrupt of a read, which it never sees.
      fuse.fuse_session_process(session, buffer, length, channel);
    }
  }

  /** What a read that brought no request means: false where this thread cannot go on. */
  private boolean endsWell(int errno) {
    switch (errno) {
      case Errno.ENODEV -> ending = true;
      // ENOENT: the request was given up between its announcement and the read.
      case Errno.ENOENT, Errno.EINTR, Errno.EAGAIN -> log.trace("no request: errno {}", errno);
      default -> {
        log.error(
            "reading requests from the kernel failed with errno {}; this thread of {} ends",
            errno,
            mountpoint);
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until the mount is gone, whoever unmounts it, and its threads have ended; false when the
   * time is over before. Reads that a gone mount has left are given up: nobody waits for them.
   */
  public boolean awaitEnd(Duration patience) throws InterruptedException {
    boolean over = ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (!over && ending) {
      threads.forEach(Thread::interrupt);
    }
    return over;
  }

  /** Whether a thread has ended before the mount was gone. */
  public boolean isBroken() {
    return broken;
  }

  /**
   * A request that has been in work for longer than the limit, as the place where it is. Of one
   * thread only.
   *
   * @param elapsedNanos since it was asked before
   */
  public Optional<Throwable> late(long elapsedNanos, Duration limit) {
    Optional<Throwable> later = late.late(elapsedNanos, limit.toNanos());
    int index = inWork.look(elapsedNanos, limit.toNanos());
    return index < 0 ? later : Optional.of(placeOf(threads.get(index)));
  }

  private static Throwable placeOf(Thread thread) {
    Throwable place = new Throwable("where " + thread.getName() + " is");
    place.setStackTrace(thread.getStackTrace());
    return place;
  }

  /**
   * Unmounts, lazily where something still uses the mount, waits for the threads and frees what
   * libfuse holds. At most about twenty seconds.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (ended.getCount() > 0 && !fusermount("-u")) {
      log.warn(
          "{} is still in use; it disappears now and is gone when its last user lets go",
          mountpoint);
      fusermount("-uz");
      ending = true;
    }
    if (joinAll()) {
      fuse.fuse_teardown(handle, mountpointText);
    } else {
      log.warn(
          "requests to {} are still being answered; their memory is left to the end of the process",
          mountpoint);
    }
    log.debug("session ended, {} objects released", reachable.size());
  }

  private boolean joinAll() {
    try {
      return ended.await(JOIN_SECONDS, TimeUnit.SECONDS) && late.awaitNone(LATE_SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean fusermount(String flag) {
    try {
      Process process =
          new ProcessBuilder("fusermount", flag, mountpoint.toString())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(FUSERMOUNT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        log.warn("fusermount {} {} did not end within {} s", flag, mountpoint, FUSERMOUNT_SECONDS);
        return false;
      }
      if (process.exitValue() != 0) {
        String words =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        log.debug("fusermount {} {}: {}", flag, mountpoint, words);
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      log.warn("fusermount cannot be run: {}", e.getMessage());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
