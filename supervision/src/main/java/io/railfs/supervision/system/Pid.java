// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param number the pid
 * @param startTicks when it started, in clock ticks since boot (proc(5), field 22)
 */
public record Pid(long number, long startTicks) {
  private static final long POLL_MILLIS = 10;

  /** Field 3, the state, is the first one behind the command in parentheses. */
  private static final int START_TICKS = 22 - 3;

  /** This process. */
  public static Pid current() throws CommandException {
    long self = ProcessHandle.current().pid();
    return of(self)
        .orElseThrow(() -> new CommandException("/proc/" + self + "/stat cannot be read"));
  }

  /** The process with this number, if it runs. */
  public static Optional<Pid> of(long number) {
    return fields(number).map(fields -> new Pid(number, Long.parseLong(fields[START_TICKS])));
  }

  private static Optional<String[]> fields(long number) {
    try {
      String stat = Files.readString(Path.of("/proc/" + number + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      // A zombie only waits for its parent to take note.
      return fields[0].equals("Z") ? Optional.empty() : Optional.of(fields);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether this very process runs. */
  public boolean isAlive() {
    // Not by equals: to link a record's at its first use takes a command 10 ms.
    return of(number).filter(now -> now.startTicks == startTicks).isPresent();
  }

  /** Waits until it has gone; false when it is still there after the time. */
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (isAlive()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return true;
  }

  /** Sends SIGTERM. False where it has gone, or belongs to someone else. */
  public boolean terminate() {
    return isAlive() && ProcessHandle.of(number).map(ProcessHandle::destroy).orElse(false);
  }

  /** Sends SIGKILL. False where it has gone, or belongs to someone else. */
  public boolean kill() {
    return isAlive() && ProcessHandle.of(number).map(ProcessHandle::destroyForcibly).orElse(false);
  }
}
