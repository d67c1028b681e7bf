// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import java.util.Arrays;

/** How a command ends; README.md has the same table, and a test compares them. */
public enum Exit {
  /** What was asked for is done, or all is well. */
  DONE(0),
  /** It could not be done, or something is not well; trying again may help. */
  FAILED(1),
  /** The command line, the conf file or a setting is wrong: the same again fails again. */
  WRONG(2),
  /** Something is mounted there already: as mount(8) has it. */
  MOUNTED(32);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /** The one of a process that has ended; FAILED where it is none of ours. */
  public static Exit of(int code) {
    return Arrays.stream(values()).filter(exit -> exit.code == code).findFirst().orElse(FAILED);
  }
}
