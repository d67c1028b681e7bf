// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import io.railfs.protocol.messages.FileType;

/** What a name stands for; the numbers are those of {@link FileType} on the wire. */
public enum EntryType {
  UNSPECIFIED(FileType.FILE_TYPE_UNSPECIFIED),
  REGULAR(FileType.REGULAR),
  DIRECTORY(FileType.DIRECTORY),
  SYMLINK(FileType.SYMLINK),
  /** Sockets, fifos and devices: listed, never read. */
  OTHER(FileType.OTHER),
  /** A type that a newer release has. */
  UNRECOGNIZED(FileType.UNRECOGNIZED);

  private static final EntryType[] BY_NUMBER = {UNSPECIFIED, REGULAR, DIRECTORY, SYMLINK, OTHER};

  private final FileType message;
  private final int number;

  EntryType(FileType message) {
    this.message = message;
    this.number = message == FileType.UNRECOGNIZED ? -1 : message.getNumber();
  }

  /** As the wire has it. */
  FileType toMessage() {
    return message;
  }

  static EntryType of(FileType message) {
    return message == FileType.UNRECOGNIZED ? UNRECOGNIZED : ofNumber(message.getNumber());
  }

  /** From 0 on; -1 for {@link #UNRECOGNIZED}. */
  public int number() {
    return number;
  }

  /** The type with this number. */
  public static EntryType ofNumber(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : UNRECOGNIZED;
  }
}
