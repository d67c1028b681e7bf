// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.base.BoundedMap;
import io.railfs.protocol.RailPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much the kernel reads ahead of a file, chosen when the file is opened from how it was used
 * before. Thread-safe.
 *
 * <p>Streams want large requests. A program that touches a mapped file here and there wants small
 * ones: around each page that it touches the kernel reads its whole readahead, and the program
 * waits for all of it. The kernel has one value for a mount, in sysfs, which each file takes over
 * when it is opened, after the mount has answered (do_dentry_open in fs/open.c). So it is set while
 * an open is answered.
 *
 * <p>That a file is read by mapping is not said by the kernel. Reads that jump, each as large as
 * the readahead, make it likely, and the reader's table of mappings (/proc/PID/maps) proves it. The
 * table is read by a thread of its own: the reader may hold what guards it while it waits for its
 * page, and the page must come meanwhile.
 */
public final class KernelReadahead implements AutoCloseable {
  /**
   * Around a touched page of a file that was just found to be mapped, in bytes: that page alone. A
   * touch waits for all of it, and the next ones come from the mount's cache, as 16 KiB are fetched
   * for it.
   */
  static final int LEAST_AROUND = 4 << 10;

  /** Reads from which the length of runs is taken; a program may open a file for each sample. */
  private static final int LEAST_SEEN = 8;

  /** Files remembered. */
  private static final int FILES = 4_096;

  private static final int QUEUE = 16;

  /** Time after which the program whose open was answered has run, even on a busy machine. */
  private static final long TAKEN_OVER_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final Logger log = LoggerFactory.getLogger(KernelReadahead.class);

  /** Files that are read by mapping. */
  private final Map<RailPath, MappedFile> mapped = BoundedMap.byUse(FILES);

  /**
   * @param around bytes around a touched page
   * @param seen what those saw who opened it with that
   */
  private record MappedFile(int around, TouchedRuns.Sample seen) {
    static MappedFile of(int around) {
      return new MappedFile(around, new TouchedRuns.Sample(around, 0, 0, 0));
    }
  }

  private final ThreadPoolExecutor asking =
      new ThreadPoolExecutor(
          1,
          1,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE),
          new DefaultThreadFactory("railfs-mappings", true),
          new ThreadPoolExecutor.DiscardPolicy());

  /** Null where the value cannot be changed. */
  private volatile Path value;

  private volatile boolean isAnyMapped;
  private volatile int current;
  private volatile long lastNormal = System.nanoTime();
  private int normal;
  private String device = "";

  KernelReadahead() {
    asking.allowCoreThreadTimeOut(true);
  }

  /**
   * Sets what a mount has, before anything is opened in it. INIT only sets a limit; the value
   * itself starts at 128 KiB, and only root may change it.
   *
   * @param mountDevice "major:minor", by which sysfs knows the mount
   * @param bytes of files that are read as streams
   */
  public synchronized void start(Path mountpoint, String mountDevice, int bytes) {
    Path file = Path.of("/sys/class/bdi/" + mountDevice + "/read_ahead_kb");
    try {
      Files.writeString(file, Integer.toString(bytes >> 10));
    } catch (IOException e) {
      if (isAlready(file, bytes)) {
        log.debug("readahead of {} is {} KiB already, and stays so", mountpoint, bytes >> 10);
        return;
      }
      log.info(
          "readahead of {} stays at the kernel's default, sequential reads are slower: {} cannot be"
              + " written (root may)",
          mountpoint,
          e.getMessage());
      return;
    }
    device = hexadecimal(mountDevice);
    normal = bytes;
    current = bytes;
    value = file;
  }

  /** Whether the process that has mounted has set it. */
  private static boolean isAlready(Path file, int bytes) {
    try {
      return Files.readString(file, ISO_8859_1).strip().equals(Integer.toString(bytes >> 10));
    } catch (IOException e) {
      return false;
    }
  }

  /** As /proc/PID/maps writes a device. */
  private static String hexadecimal(String device) {
    int colon = device.indexOf(':');
    return "%02x:%02x"
        .formatted(
            Integer.parseInt(device.substring(0, colon)),
            Integer.parseInt(device.substring(colon + 1)));
  }

  /** Whether {@link #beforeOpen} has anything to do. */
  public boolean mayChange() {
    return isAnyMapped;
  }

  /** A file is being opened. */
  public void beforeOpen(RailPath path) {
    int around = around(path);
    int wanted = around > 0 ? Math.min(around, normal) : normal;
    if (wanted < current) {
      letOthersOpen();
    }
    set(wanted);
  }

  /**
   * Whoever opens another file at this moment takes its readahead over only after the mount has
   * answered, and would keep the small one of this file for as long as it is open.
   */
  private void letOthersOpen() {
    long end = lastNormal + TAKEN_OVER_NANOS;
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private synchronized void set(int bytes) {
    if (bytes == normal) {
      lastNormal = System.nanoTime();
    }
    // Too large for touches is better than too small for whoever has come meanwhile.
    boolean tooEarly = bytes < current && System.nanoTime() - lastNormal < TAKEN_OVER_NANOS;
    if (value == null || bytes == current || tooEarly) {
      return;
    }
    try {
      Files.writeString(value, Integer.toString(bytes >> 10));
      current = bytes;
    } catch (IOException e) {
      // Unmounted meanwhile, or made read-only: files are then read as the last one was.
      value = null;
      log.debug("readahead stays as it is: {} cannot be written", e.getMessage());
    }
  }

  /**
   * A process reads this file as one does that mapped it; where it has, the file is remembered.
   *
   * @param pid 0 where it is not known
   */
  void suspect(RailPath path, int pid) {
    if (value != null && pid > 0) {
      asking.execute(() -> ask(path, pid));
    }
  }

  private void ask(RailPath path, int pid) {
    if (maps(path, Path.of("/proc/" + pid + "/maps"))) {
      synchronized (mapped) {
        mapped.putIfAbsent(path, MappedFile.of(LEAST_AROUND));
        isAnyMapped = true;
      }
      log.debug("{} is read by mapping", path);
    }
  }

  private boolean maps(RailPath path, Path table) {
    String field = " " + device + " ";
    try (Stream<String> lines = Files.lines(table, ISO_8859_1)) {
      return lines.anyMatch(line -> line.contains(field) && line.endsWith(path.latin1()));
    } catch (IOException | UncheckedIOException e) {
      // The process has ended, or is another user's.
      return false;
    }
  }

  /**
   * A mapped file was touched so; once enough was seen, the kernel reads from the next open on
   * around a page what is touched in a row.
   */
  void touched(RailPath path, TouchedRuns.Sample sample) {
    synchronized (mapped) {
      mapped.computeIfPresent(path, (p, file) -> after(file, sample));
    }
  }

  private MappedFile after(MappedFile file, TouchedRuns.Sample sample) {
    if (sample.around() != file.around) {
      // Of a handle that was opened with another readahead.
      return file;
    }
    TouchedRuns.Sample seen = file.seen.plus(sample);
    return seen.reads() < LEAST_SEEN
        ? new MappedFile(file.around, seen)
        : MappedFile.of(seen.wanted(normal));
  }

  /** Bytes that the kernel is to read around a page of this file, 0 where it is not mapped. */
  int around(RailPath path) {
    if (!isAnyMapped) {
      return 0;
    }
    synchronized (mapped) {
      MappedFile file = mapped.get(path);
      return file == null ? 0 : file.around;
    }
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
