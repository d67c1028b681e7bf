// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

/** Flags of open(2) of Linux, as the architecture of this machine numbers them. */
public final class OpenFlags {
  /** ARM and PowerPC have numbers of their own for two of them. */
  private static final boolean IS_OWN =
      switch (System.getProperty("os.arch")) {
        case "arm", "aarch64", "ppc", "ppc64", "ppc64le" -> true;
        default -> false;
      };

  public static final int RDWR = 2;
  public static final int NONBLOCK = 0x800;
  public static final int DIRECTORY = IS_OWN ? 0x4000 : 0x10000;
  public static final int NOFOLLOW = IS_OWN ? 0x8000 : 0x20000;
  public static final int CLOEXEC = 0x80000;
  public static final int PATH = 0x200000;

  private OpenFlags() {}
}
