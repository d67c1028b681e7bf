package io.railfs.worker.posix;

import java.io.IOException;
import jnr.constants.platform.Errno;

/** A call of the C library failed. */
public final class PosixException extends IOException {
  private static final long serialVersionUID = 1;

  /** Why, as far as it makes a difference. */
  public enum Problem {
    NOT_FOUND,
    NOT_A_DIRECTORY,
    ACCESS_DENIED,
    /** The path has more bytes than a call takes. */
    TOO_LONG,
    /** The file system does not have such. */
    NOT_SUPPORTED,
    OTHER
  }

  private final Problem problem;

  PosixException(String call, int number) {
    super(call + ": " + Errno.valueOf(number).description());
    this.problem =
        switch (Errno.valueOf(number)) {
          case ENOENT -> Problem.NOT_FOUND;
          case ENOTDIR, ELOOP -> Problem.NOT_A_DIRECTORY;
          case EACCES, EPERM -> Problem.ACCESS_DENIED;
          case ENAMETOOLONG -> Problem.TOO_LONG;
          case EOPNOTSUPP, ENOTSUP, ENOSYS -> Problem.NOT_SUPPORTED;
          default -> Problem.OTHER;
        };
  }

  public Problem problem() {
    return problem;
  }
}
