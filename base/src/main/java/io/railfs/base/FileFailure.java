// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why a file could not be used, in the words of an operator and without names of classes. */
public final class FileFailure {
  private FileFailure() {}

  /** A phrase such as "/var/log: permission denied" or "disk full (No space left on device)". */
  public static String describe(IOException cause) {
    if (cause instanceof FileSystemException e && e.getFile() != null) {
      return e.getFile() + ": " + reason(e);
    }
    return cause.getMessage() == null
        ? cause.getClass().getSimpleName()
        : plain(cause.getMessage());
  }

  private static String reason(FileSystemException cause) {
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof NoSuchFileException) {
      return "there is no such file or directory";
    }
    if (cause instanceof FileAlreadyExistsException) {
      return "something of this name is there already";
    }
    return cause.getReason() == null ? cause.getClass().getSimpleName() : plain(cause.getReason());
  }

  private static String plain(String reason) {
    return reason.contains("No space left on device") ? "disk full (" + reason + ")" : reason;
  }
}
