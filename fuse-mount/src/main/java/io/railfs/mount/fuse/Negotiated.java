// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What the kernel and this mount have agreed on.
 *
 * @param minor of the kernel's protocol 7.x
 * @param flags what both have, as in fuse_init_out, with flags2 above
 * @param offered what the kernel has
 */
record Negotiated(int minor, long flags, long offered) {
  private static final int FORMAT = 1;
  private static final long HAS_EXPIRE_ONLY = 1L << 35;

  /**
   * Whether the kernel can be asked to look a name up again without dropping it (Linux 6.2), which
   * a directory in use needs.
   */
  boolean canExpire() {
    return (offered & HAS_EXPIRE_ONLY) != 0;
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(FORMAT);
    out.writeInt(minor);
    out.writeLong(flags);
    out.writeLong(offered);
  }

  static Negotiated read(DataInput in) throws IOException {
    int format = in.readInt();
    if (format != FORMAT) {
      throw new IOException(
          "what was negotiated is of format " + format + "; this release reads " + FORMAT);
    }
    return new Negotiated(in.readInt(), in.readLong(), in.readLong());
  }
}
