// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A sample that a reader has open under the mount. Every byte read is compared with what it has to
 * be; all reads of one open file have to be of one generation.
 */
final class OpenSample implements AutoCloseable {
  /** Fewer bytes may be the same in two generations by chance. */
  private static final int TELLING = 8;

  private final Sample sample;
  private final String path;
  private final Watched watched;
  private final Known known;
  private final VerifierOutput output;
  private final long skew;
  private final int fd;
  private int generation = -1;

  /**
   * Opens it.
   *
   * @param skew is added to the offsets at which content is expected; not 0 only to see that wrong
   *     bytes are found
   */
  OpenSample(
      Sample sample,
      String mountpoint,
      int flags,
      Watched watched,
      Known known,
      VerifierOutput output,
      long skew)
      throws IOException {
    this.sample = sample;
    this.path = sample.path();
    this.watched = watched;
    this.known = known;
    this.output = output;
    this.skew = skew;
    this.fd =
        watched.time(OperationKind.OPEN, path, 0, () -> Posix.open(mountpoint + "/" + path, flags));
  }

  /** The one that its bytes were found to be of; -1: not known yet. */
  int generation() {
    return generation;
  }

  /**
   * Reads into the buffer, from its start up to its limit, and checks. As POSIX has it, a read that
   * fails on its way says how far it came, and the next one why it did not come further.
   *
   * @return bytes read, also where they were wrong
   */
  int read(ByteBuffer buffer, long offset) throws IOException {
    int wanted = (int) Math.max(0, Math.min(buffer.limit(), sample.size() - offset));
    int done = 0;
    int count;
    do {
      ByteBuffer rest = buffer.slice(done, buffer.limit() - done);
      long at = offset + done;
      count = watched.time(OperationKind.READ, path, at, () -> Posix.pread(fd, rest, at));
      rest.limit(Math.max(0, Math.min(count, wanted - done)));
      if (rest.limit() > 0) {
        check(rest, at);
      }
      done += count;
    } while (count > 0 && done < wanted);
    if (done != wanted) {
      output.wrong(path, offset, "got " + done + " bytes and not " + wanted);
    }
    buffer.position(0).limit(Math.min(done, wanted));
    return done;
  }

  private void check(ByteBuffer bytes, long offset) {
    if (generation >= 0) {
      int at = Content.mismatch(bytes, sample, generation, offset + skew);
      if (at >= 0) {
        output.wrong(path, offset + at, "is not of generation " + generation);
      }
      return;
    }
    int newest = known.newest(sample);
    for (int candidate = newest; candidate >= 0; candidate--) {
      if (Content.mismatch(bytes, sample, candidate, offset + skew) < 0) {
        if (bytes.limit() >= TELLING || newest == 0) {
          generation = candidate;
          known.saw(sample, candidate);
        }
        return;
      }
    }
    int at = Content.mismatch(bytes, sample, newest, offset + skew);
    output.wrong(path, offset + at, "is of no generation up to " + newest);
  }

  /** Lets the kernel forget the file's pages, so that the next read comes to the mount. */
  void forget() throws IOException {
    Posix.forget(fd);
  }

  @Override
  public void close() throws IOException {
    watched.time(
        OperationKind.CLOSE,
        path,
        0,
        () -> {
          Posix.close(fd);
          return null;
        });
  }
}
