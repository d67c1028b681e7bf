package io.railfs.mount.fuse;

import io.railfs.mount.fs.RailFileSystem;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted FUSE session. libfuse mounts and unmounts; every request is answered here.
 *
 * <pre>
 *   mount() --- fuse_setup, handshake ---> serving --- unmounted by anyone ---> ended --- close() ---> freed
 *   resume() ------------------------------> |  \--- stop(), write() ---> somebody else resumes
 * </pre>
 */
public final class FuseMount implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FuseMount.class);

  private static final int JOIN_SECONDS = 10;

  /** For late reads of a mount that is gone; the client that is closed next ends them. */
  private static final int LATE_SECONDS = 2;

  private final RailFileSystem fileSystem;
  private final Negotiated negotiated;
  private final FuseLoop loop;
  private final Notifier notifier;
  private final Optional<LibFuseMount> mount;
  private final String name;
  private boolean closed;

  private FuseMount(
      RailFileSystem fileSystem,
      LibC libc,
      int fd,
      String name,
      Negotiated negotiated,
      Options options,
      Optional<LibFuseMount> mount) {
    this.fileSystem = fileSystem;
    this.negotiated = negotiated;
    this.mount = mount;
    this.name = name;
    this.loop = new FuseLoop(fileSystem, libc, fd, name, options.timeOuts(), options.sizes());
    this.notifier = new Notifier(libc, fd, fileSystem.nodes(), negotiated);
    fileSystem.setKernel(notifier);
  }

  /** A last step before a mount. */
  public interface Before<E extends Exception> {
    void run() throws E;
  }

  /**
   * How many requests at a time.
   *
   * @param threads requests answered at a time
   * @param lateReads reads that may besides wait for their bytes without a thread
   */
  public record Sizes(int threads, int lateReads) {}

  /**
   * How to mount.
   *
   * @param mountOptions as behind -o
   * @param timeOuts how long the kernel may believe what it is told
   * @param maxReadahead bytes that the kernel may read ahead of a sequential reader
   */
  public record Options(
      List<String> mountOptions, TimeOuts timeOuts, Sizes sizes, int maxReadahead) {
    public Options {
      mountOptions = List.copyOf(mountOptions);
    }
  }

  /**
   * Mounts and starts to answer.
   *
   * @param mountpoint absolute, an existing directory
   * @param before runs right before the mount, when all that takes time is done
   */
  public static <E extends Exception> FuseMount mount(
      RailFileSystem fileSystem, Path mountpoint, Options options, Before<E> before)
      throws FuseException, E {
    LibC libc = libC();
    LibFuseMount mount = LibFuseMount.mount(mountpoint, options.mountOptions(), before);
    Negotiated negotiated;
    try {
      negotiated = FuseInit.answer(libc, mount.fd(), options.maxReadahead());
    } catch (FuseException e) {
      mount.free();
      throw e;
    }
    FuseMount session =
        new FuseMount(
            fileSystem,
            libc,
            mount.fd(),
            mountpoint.toString(),
            negotiated,
            options,
            Optional.of(mount));
    session.start();
    return session;
  }

  static LibC libC() throws FuseException {
    return LibFuseMount.load(LibC.class, "libc.so.6", "RailFS runs on Linux with glibc");
  }

  /**
   * Starts to answer the kernel at the other end of a descriptor, beginning with its INIT.
   *
   * @param fd stays the caller's
   */
  static FuseMount serve(RailFileSystem fileSystem, int fd, Options options) throws FuseException {
    LibC libc = libC();
    Negotiated negotiated = FuseInit.answer(libc, fd, options.maxReadahead());
    return begun(fileSystem, libc, fd, negotiated, options);
  }

  /**
   * Goes on where another session of the same kernel connection has stopped, with what it wrote.
   *
   * @param fileSystem new; takes over nodes and handles
   * @param fd stays the caller's
   * @throws IOException where the state is of another format or damaged, or does not fit
   */
  static FuseMount resume(RailFileSystem fileSystem, int fd, Options options, DataInput state)
      throws FuseException, IOException {
    Negotiated negotiated = Negotiated.read(state);
    fileSystem.read(state);
    return begun(fileSystem, libC(), fd, negotiated, options);
  }

  private static FuseMount begun(
      RailFileSystem fileSystem, LibC libc, int fd, Negotiated negotiated, Options options) {
    FuseMount session =
        new FuseMount(
            fileSystem, libc, fd, "descriptor " + fd, negotiated, options, Optional.empty());
    session.start();
    return session;
  }

  private void start() {
    notifier.start();
    loop.start();
  }

  /**
   * Stops to answer, so that somebody else may go on; requests that were read are answered.
   *
   * @param request makes a request to this mount, so that a thread that waits for one wakes up
   * @return false where the time was over before; then this session goes on to be needed
   */
  boolean stop(Runnable request, Duration patience) throws InterruptedException {
    boolean stopped = loop.stop(request, System.nanoTime() + patience.toNanos());
    notifier.close();
    return stopped;
  }

  /** Writes down all that another session needs to go on; after {@link #stop}. */
  void write(DataOutput out) throws IOException {
    negotiated.write(out);
    fileSystem.write(out);
  }

  /**
   * Waits until the mount is gone, whoever unmounts it, and its threads have ended; false when the
   * time is over before. Reads that a gone mount has left are given up: nobody waits for them.
   */
  public boolean awaitEnd(Duration patience) throws InterruptedException {
    return loop.awaitEnd(patience);
  }

  /** Whether a thread has ended before the mount was gone. */
  public boolean isBroken() {
    return loop.isBroken();
  }

  /**
   * A request that has been in work for longer than the limit, as the place where it is. Of one
   * thread only.
   *
   * @param elapsedNanos since it was asked before
   */
  public Optional<Throwable> late(long elapsedNanos, Duration limit) {
    return loop.late(elapsedNanos, limit);
  }

  /** Names and nodes that the kernel was told to ask for again, or to forget. */
  public long takenBack() {
    return notifier.sent();
  }

  /** Of these, names that it was told to forget because the table of nodes was nearly full. */
  public long reclaimed() {
    return notifier.reclaimed();
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
    if (loop.isRunning() && mount.isPresent() && !mount.get().unmount()) {
      mount.get().unmountLazily();
      loop.giveUp();
    }
    notifier.close();
    if (!joinAll()) {
      log.warn(
          "requests to {} are still being answered; their memory is left to the end of the process",
          name);
    } else if (mount.isPresent()) {
      mount.get().free();
    }
  }

  private boolean joinAll() {
    try {
      return loop.awaitAll(JOIN_SECONDS, LATE_SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
