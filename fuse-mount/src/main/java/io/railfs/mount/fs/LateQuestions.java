package io.railfs.mount.fs;

import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.protocol.RailPath;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The questions about names that failed because they got no answer, or none from the UFS, for a
 * moment. The kernel repeats a LOOKUP that was to confirm a name it knows and failed; without this,
 * the program would wait for two deadlines. Thread-safe; of two paths that share a slot the later
 * one is remembered.
 */
final class LateQuestions {
  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int SLOTS = 256;
  private static final Set<Failure> TRANSIENT =
      EnumSet.of(Failure.DEADLINE, Failure.IO, Failure.UNREACHABLE);

  private final AtomicReferenceArray<Late> slots = new AtomicReferenceArray<>(SLOTS);

  private record Late(RailPath path, ClusterException failure, long nanos) {}

  /** Takes note where the failure says nothing about the name itself. */
  void failed(RailPath path, ClusterException failure) {
    if (TRANSIENT.contains(failure.failure())) {
      slots.set(slot(path), new Late(path, failure, System.nanoTime()));
    }
  }

  /** Errors: the same question has just failed. */
  void check(RailPath path) throws FsException {
    Late late = slots.get(slot(path));
    if (late != null
        && late.path().equals(path)
        && System.nanoTime() - late.nanos() < MOMENT_NANOS) {
      throw FsException.of(late.failure());
    }
  }

  private static int slot(RailPath path) {
    return Math.floorMod(path.hashCode(), SLOTS);
  }
}
