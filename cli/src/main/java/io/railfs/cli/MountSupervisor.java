// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.MountEntry;
import io.railfs.base.MountInfo;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.Service;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.MountProbe;
import io.railfs.supervision.system.MountProbe.Answer;
import io.railfs.supervision.system.Mountpoint;
import io.railfs.supervision.system.Pid;
import io.railfs.supervision.system.Unmount;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one mount there: its process is another one, which this one starts, watches and starts
 * again.
 *
 * <pre>
 *   watching --- process gone, mount left behind ---> mounting again, with growing pauses ---> watching
 *      |    \--- no answer for longer than any deadline ---> connection aborted, process killed --^
 *      \--- process gone, nothing left behind: somebody has unmounted ---> end
 * </pre>
 */
final class MountSupervisor implements Service {
  /** Memory flags of its JVM, which does next to nothing. */
  static final List<String> MEMORY =
      List.of("-Xmx32m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss512k");

  private static final Logger log = LoggerFactory.getLogger(MountSupervisor.class);

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /**
   * By how much the process is first to notice that a request is not answered: it knows which one
   * and where, and logs it.
   */
  private static final Duration HEAD_START = Duration.ofSeconds(5);

  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

  private final MountService mount;
  private final Duration timeout;
  private final Duration stopTimeout;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final RestartDelays pauses = new RestartDelays();
  private volatile Pid process;

  private MountSupervisor(MountService mount, Duration timeout, Duration stopTimeout, Pid process) {
    this.mount = mount;
    this.timeout = timeout;
    this.stopTimeout = stopTimeout;
    this.process = process;
  }

  /**
   * Mounts and begins to watch.
   *
   * @param answerLimit time after which a mount that is well has answered every request
   * @param stopTimeout longest wait for its process when this one is asked to end
   */
  static MountSupervisor start(MountService mount, Duration answerLimit, Duration stopTimeout)
      throws CommandException, InterruptedException {
    RunRecord record = mount.startSupervised();
    log.info(
        "watches over {}, process {}, log {}",
        mount.mountpoint(),
        record.pid().number(),
        record.log());
    return new MountSupervisor(mount, answerLimit.plus(HEAD_START), stopTimeout, record.pid());
  }

  @Override
  public void await() throws CommandException, InterruptedException {
    while (!isClosing()) {
      if (!endsWithin(INTERVAL)) {
        endWhereItHangs();
      } else if (isClosing() || !Mountpoint.isMounted(mount.mountpoint())) {
        return;
      } else {
        mountAgain();
      }
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  /** Whether the process has gone, at the latest after the time. */
  private boolean endsWithin(Duration time) throws InterruptedException {
    CompletableFuture<ProcessHandle> end =
        ProcessHandle.of(process.number())
            .map(ProcessHandle::onExit)
            .orElseGet(() -> CompletableFuture.completedFuture(null));
    try {
      end.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // A debugger may hold back the news of an end.
      return !process.isAlive();
    } catch (ExecutionException e) {
      log.warn("the end of process {} cannot be waited for", process.number(), e);
    }
    return !process.isAlive();
  }

  private void endWhereItHangs() throws CommandException, InterruptedException {
    Optional<MountEntry> there = MountInfo.read().at(mount.mountpoint());
    if (there.filter(MountEntry::isRailfs).isEmpty()
        || MountProbe.process(mount.mountpoint(), timeout) != Answer.SILENT
        || isClosing()) {
      return;
    }
    log.error(
        "{} has not answered for {} s; its process {} is killed, programs that wait get an error",
        mount.mountpoint(),
        timeout.toSeconds(),
        process.number());
    Unmount.abort(there.get());
    process.kill();
    if (!process.awaitEnd(KILL_TIMEOUT)) {
      log.error("process {} does not end", process.number());
    }
  }

  private void mountAgain() throws InterruptedException {
    Duration pause = pauses.next();
    log.warn(
        "process {} of {} has gone and left the mount behind; mounting again in {} ms",
        process.number(),
        mount.mountpoint(),
        pause.toMillis());
    while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
      try {
        process = mount.startSupervised().pid();
        log.info("mounted {} again, process {}", mount.mountpoint(), process.number());
        return;
      } catch (CommandException e) {
        pause = pauses.next();
        log.warn("{}; the next try is in {} ms", e.getMessage(), pause.toMillis());
      }
    }
  }

  @Override
  public boolean isAlive() {
    return true;
  }

  /** Ends the mount too, in order. */
  @Override
  public void close() {
    closing.countDown();
    process.terminate();
    try {
      if (!process.awaitEnd(stopTimeout)) {
        log.warn("process {} has not ended after {} s", process.number(), stopTimeout.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
