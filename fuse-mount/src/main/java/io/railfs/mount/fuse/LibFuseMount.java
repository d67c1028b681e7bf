// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
 * What libfuse does for us: it mounts (by mount(2) or fusermount) and unmounts. Its table of
 * operations stays empty, as it never sees a request.
 */
final class LibFuseMount {
  private static final String LIBRARY_ADVICE =
      "install the package libfuse2 (libfuse2t64 on newer Debian and Ubuntu, fuse-libs on RHEL)";

  private static final Logger log = LoggerFactory.getLogger(LibFuseMount.class);

  private static final int ARGUMENT_COUNT = 5;
  private static final int FUSERMOUNT_SECONDS = 10;

  private final LibFuse2 fuse;
  private final Path mountpoint;
  private final FuseOperations operations;
  private final Pointer argv;
  private final Pointer mountpointRef;
  private final Pointer multithreaded;

  /** What native code points into; reachable as long as this object is. */
  private final List<Object> reachable;

  private Pointer handle;
  private int fd = -1;

  private LibFuseMount(Path mountpoint, List<String> options) throws FuseException {
    this.mountpoint = mountpoint;
    fuse = load(LibFuse2.class, "libfuse.so.2", LIBRARY_ADVICE);
    Runtime runtime = NativeRuntime.getInstance();
    operations = new FuseOperations(runtime);
    reachable = new ArrayList<>(List.of(operations));
    argv = arguments(runtime, mountpoint, options, reachable);
    mountpointRef = Memory.allocateDirect(runtime, Long.BYTES, true);
    multithreaded = Memory.allocateDirect(runtime, Integer.BYTES, true);
  }

  /**
   * Does all but the mount itself.
   *
   * @param mountpoint absolute, an existing directory
   * @param options mount options, as after -o
   */
  static LibFuseMount prepare(Path mountpoint, List<String> options) throws FuseException {
    return new LibFuseMount(mountpoint, options);
  }

  /** Mounts. */
  void mount() throws FuseException {
    handle =
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
    fd = fuse.fuse_chan_fd(fuse.fuse_session_next_chan(fuse.fuse_get_session(handle), null));
  }

  static <T> T load(Class<T> type, String name, String advice) throws FuseException {
    try {
      return LibraryLoader.create(type).failImmediately().load(name);
    } catch (UnsatisfiedLinkError e) {
      throw new FuseException(
          "the library %s cannot be loaded (%s): %s".formatted(name, reason(e), advice), e);
    }
  }

  /** The first line; below it are the names and directories that were tried. */
  private static String reason(UnsatisfiedLinkError e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason is given").strip();
  }

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

  /** Where the kernel's requests are read. Closed by {@link #free}. */
  int fd() {
    return fd;
  }

  /** Unmounts; false where it is in use. */
  boolean unmount() {
    return fusermount("-u");
  }

  /** The mount disappears from the tree now, and ends when its last user lets go. */
  void unmountLazily() {
    log.warn(
        "{} is still in use; it disappears now and is gone when its last user lets go", mountpoint);
    fusermount("-uz");
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

  /**
   * Frees what libfuse holds, and unmounts where that has not happened; nobody may use the
   * descriptor.
   */
  void free() {
    fuse.fuse_teardown(handle, mountpointRef.getPointer(0));
    log.debug("session ended, {} objects released", reachable.size());
  }
}
