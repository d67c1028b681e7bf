// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import io.railfs.mount.fs.RailFileSystem;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a FUSE mount. libfuse mounts and unmounts; {@link FuseLoop} answers every request.
 *
 * <pre>
 *   mount() --- fuse_setup, INIT ---> serving --- unmounted by anyone ---> ended --- close() ---> freed
 *   resume() -----------------------> |  \--- stop(), write() ---> another process resumes
 * </pre>
 */
public final class FuseMount implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FuseMount.class);

  private static final int JOIN_SECONDS = 10;

  /** For pending reads of a mount that is gone; the client that is closed next ends them. */
  private static final int PENDING_SECONDS = 2;

  private final RailFileSystem fileSystem;
  private final Negotiated negotiated;
  private final FuseLoop loop;
  private final Notifier notifier;
  private final Optional<LibFuseMount> libfuse;
  private final String name;
  private final boolean isHanded;
  private boolean closed;

  private FuseMount(
      RailFileSystem fileSystem,
      FuseChannel channel,
      Negotiated negotiated,
      FuseConfig config,
      Optional<LibFuseMount> libfuse,
      boolean isHanded) {
    this.isHanded = isHanded;
    this.fileSystem = fileSystem;
    this.negotiated = negotiated;
    this.libfuse = libfuse;
    this.name = channel.name();
    this.loop = new FuseLoop(fileSystem, channel, config);
    this.notifier = new Notifier(channel.libc(), channel.fd(), fileSystem.nodes(), negotiated);
    fileSystem.setKernel(notifier);
  }

  /** A mount for which all that takes time is done. */
  public static final class Prepared {
    private final RailFileSystem fileSystem;
    private final Path mountpoint;
    private final FuseConfig config;
    private final LibC libc;

    /** Empty where another process mounts. */
    private final Optional<LibFuseMount> libfuse;

    private Prepared(
        RailFileSystem fileSystem, Path mountpoint, FuseConfig config, boolean isHanded)
        throws FuseException {
      this.fileSystem = fileSystem;
      this.mountpoint = mountpoint;
      this.config = config;
      this.libc = libC();
      this.libfuse =
          isHanded
              ? Optional.empty()
              : Optional.of(LibFuseMount.prepare(mountpoint, config.mountOptions()));
    }

    /** Mounts and starts to answer; of {@link FuseMount#prepare}. */
    public FuseMount mount() throws FuseException {
      LibFuseMount mounting = libfuse.orElseThrow();
      mounting.mount();
      return answer(mounting.fd());
    }

    /**
     * Starts to answer what another process has mounted; of {@link FuseMount#prepareHanded}.
     *
     * @param fd its /dev/fuse; stays the caller's
     */
    public FuseMount serve(int fd) throws FuseException {
      if (libfuse.isPresent()) {
        throw new IllegalStateException("it was prepared to be mounted by this process");
      }
      return answer(fd);
    }

    private FuseMount answer(int fd) throws FuseException {
      FuseChannel channel = new FuseChannel(libc, fd, mountpoint.toString());
      Negotiated negotiated;
      try {
        negotiated = FuseInit.answer(libc, fd, config.maxReadahead());
      } catch (FuseException e) {
        libfuse.ifPresent(LibFuseMount::free);
        throw e;
      }
      return started(
          new FuseMount(fileSystem, channel, negotiated, config, libfuse, libfuse.isEmpty()));
    }
  }

  /**
   * Prepares a mount.
   *
   * @param mountpoint absolute, an existing directory
   */
  public static Prepared prepare(RailFileSystem fileSystem, Path mountpoint, FuseConfig config)
      throws FuseException {
    return new Prepared(fileSystem, mountpoint, config, false);
  }

  /**
   * Prepares to serve what another process mounts or has mounted.
   *
   * @param mountpoint where that is
   */
  public static Prepared prepareHanded(
      RailFileSystem fileSystem, Path mountpoint, FuseConfig config) throws FuseException {
    return new Prepared(fileSystem, mountpoint, config, true);
  }

  static LibC libC() throws FuseException {
    return LibFuseMount.load(LibC.class, "libc.so.6", "RailFS runs on Linux with glibc");
  }

  /**
   * Starts to answer the kernel at the other end of a descriptor, beginning with its INIT.
   *
   * @param fd stays the caller's
   */
  static FuseMount serve(RailFileSystem fileSystem, int fd, FuseConfig config)
      throws FuseException {
    FuseChannel channel = channel(fd);
    Negotiated negotiated = FuseInit.answer(channel.libc(), fd, config.maxReadahead());
    return started(new FuseMount(fileSystem, channel, negotiated, config, Optional.empty(), false));
  }

  /**
   * Goes on where another process has stopped to serve the same kernel connection, with what it
   * wrote.
   *
   * @param fileSystem new; takes over nodes and handles
   * @param fd stays the caller's
   * @throws IOException where the state is of another format or damaged, or does not fit
   */
  static FuseMount resume(RailFileSystem fileSystem, int fd, FuseConfig config, DataInput state)
      throws FuseException, IOException {
    Negotiated negotiated = Negotiated.read(state);
    fileSystem.read(state);
    return started(
        new FuseMount(fileSystem, channel(fd), negotiated, config, Optional.empty(), false));
  }

  private static FuseChannel channel(int fd) throws FuseException {
    return new FuseChannel(libC(), fd, "descriptor " + fd);
  }

  private static FuseMount started(FuseMount mount) {
    mount.notifier.start();
    mount.loop.start();
    return mount;
  }

  /**
   * Stops to answer, so that another process may go on; requests that were read are answered.
   *
   * @param request makes a request to this mount, so that a thread that waits for one wakes up
   * @return false where the time was over before; then this mount goes on to be needed
   */
  boolean stop(Runnable request, Duration timeout) throws InterruptedException {
    boolean stopped = loop.stop(request, System.nanoTime() + timeout.toNanos());
    notifier.close();
    return stopped;
  }

  /** Writes down all that another process needs to go on; after {@link #stop}. */
  void write(DataOutput out) throws IOException {
    negotiated.write(out);
    fileSystem.write(out);
  }

  /**
   * Waits until the mount is gone, however it is unmounted, and its threads have ended; false when
   * the time is over before. Reads that a gone mount has left are given up: nobody waits for them.
   */
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    return loop.awaitEnd(timeout);
  }

  /** Whether a thread has ended before the mount was gone. */
  public boolean isBroken() {
    return loop.isBroken();
  }

  /** A request that is stuck, as {@link FuseLoop#findStuck}. */
  public Optional<Throwable> findStuck(long elapsedNanos, Duration limit) {
    return loop.findStuck(elapsedNanos, limit);
  }

  /** Names and nodes that the kernel had to ask for again, or to forget. */
  public long takenBack() {
    return notifier.sent();
  }

  /** Of these, names that it had to forget because the table of nodes was nearly full. */
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
    if (loop.isRunning() && libfuse.isPresent() && !libfuse.get().unmount()) {
      libfuse.get().unmountLazily();
      loop.giveUp();
    }
    if (isHanded) {
      // Who has mounted unmounts, or lets another process go on with the descriptor.
      loop.giveUp();
      notifier.close();
      return;
    }
    notifier.close();
    if (!joinAll()) {
      log.warn(
          "requests to {} are still being answered; their memory is freed when the process ends",
          name);
    } else if (libfuse.isPresent()) {
      libfuse.get().free();
    }
  }

  private boolean joinAll() {
    try {
      return loop.awaitAll(JOIN_SECONDS, PENDING_SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
