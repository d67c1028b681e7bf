// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a path for its attributes without waiting for ever, as a hung mount would have it. */
public final class MountProbe {
  /** How a path answers a stat. */
  public enum Answer {
    /** With attributes. */
    ALIVE,
    /** With ENOTCONN or ECONNABORTED: a FUSE mount whose process has gone. */
    STALE,
    /** Not within the time. */
    SILENT,
    /** It does not exist. */
    MISSING,
    /** With EACCES: it may be well, but this user may not look, as in another user's mount. */
    DENIED,
    /** With another error. */
    FAILED
  }

  private MountProbe() {}

  /** What a stat answers; after the end of a mount's process the kernel may still remember it. */
  public static Answer stat(Path path, Duration timeout) throws InterruptedException {
    return ask(path, MountProbe::statNow, timeout);
  }

  /**
   * What a statfs answers. The kernel always asks the mount's process for it, which answers at
   * once, even while its workers do not.
   */
  public static Answer process(Path path, Duration timeout) throws InterruptedException {
    return ask(path, MountProbe::statFsNow, timeout);
  }

  private static Answer ask(Path path, Question question, Duration timeout)
      throws InterruptedException {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    // A thread of its own: inside a hung mount nothing interrupts it, so it is left behind.
    Thread thread = new Thread(() -> answer.complete(answer(path, question)), "probe " + path);
    thread.setDaemon(true);
    thread.start();
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return Answer.SILENT;
    } catch (ExecutionException e) {
      return Answer.FAILED;
    }
  }

  private interface Question {
    void ask(Path path) throws IOException;
  }

  private static void statNow(Path path) throws IOException {
    Files.readAttributes(path, BasicFileAttributes.class);
  }

  private static void statFsNow(Path path) throws IOException {
    // Of all in the JDK this alone makes no stat first, which a mount may ask its workers for.
    if (path.toFile().getTotalSpace() == 0) {
      // It failed, and does not say why.
      Files.readAttributes(path, BasicFileAttributes.class);
      Files.getFileStore(path).getTotalSpace();
    }
  }

  private static Answer answer(Path path, Question question) {
    try {
      question.ask(path);
      return Answer.ALIVE;
    } catch (NoSuchFileException e) {
      return Answer.MISSING;
    } catch (AccessDeniedException e) {
      return Answer.DENIED;
    } catch (FileSystemException e) {
      return isDisconnected(e) ? Answer.STALE : Answer.FAILED;
    } catch (IOException e) {
      return Answer.FAILED;
    }
  }

  /** The JDK gives no errno, only the C library's text, which the launcher's LC_ALL pins down. */
  static boolean isDisconnected(FileSystemException problem) {
    String reason = String.valueOf(problem.getReason()).toLowerCase(Locale.ROOT);
    return reason.contains("endpoint is not connected") || reason.contains("connection abort");
  }
}
