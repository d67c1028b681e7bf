// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the errors of java.nio mean to a client. */
final class FileErrors {
  private static final Logger log = LoggerFactory.getLogger(FileErrors.class);

  private FileErrors() {}

  static UfsException of(RailPath path, IOException e) {
    PosixException.Problem problem = e instanceof PosixException posix ? posix.problem() : null;
    if (e instanceof NoSuchFileException || problem == PosixException.Problem.NOT_FOUND) {
      return notFound(path);
    }
    if (e instanceof NotDirectoryException || problem == PosixException.Problem.NOT_A_DIRECTORY) {
      return notADirectory(path);
    }
    if (e instanceof AccessDeniedException || problem == PosixException.Problem.ACCESS_DENIED) {
      return new UfsException(
          ErrorCode.ACCESS_DENIED, "the worker may not read '" + path + "' of the UFS", e);
    }
    log.warn("UFS failed at {} ({}); the client gets an error", path, e.toString());
    return failed("the UFS failed at '" + path + "': " + reason(e), e);
  }

  /** The root of the UFS is not what it was, or cannot be asked. */
  static UfsException ofRoot(IOException e) {
    return failed("the root of the UFS cannot be used: " + reason(e), e);
  }

  private static UfsException failed(String message, IOException e) {
    return new UfsException(ErrorCode.UFS_FAILED, message, e).because(Trouble.OTHER, reason(e));
  }

  /** What went wrong without the names of files outside the client's view. */
  private static String reason(IOException e) {
    String reason = e instanceof FileSystemException fs ? fs.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  static UfsException notFound(RailPath path) {
    return new UfsException(ErrorCode.NOT_FOUND, "'" + path + "' does not exist");
  }

  static UfsException notADirectory(RailPath path) {
    return new UfsException(
        ErrorCode.NOT_A_DIRECTORY,
        "'" + path + "' or a component in front of its end is not a directory");
  }

  static UfsException restless(RailPath path) {
    return new UfsException(
        ErrorCode.UFS_FAILED, "'" + path + "' or a directory above it kept changing; try again");
  }
}
