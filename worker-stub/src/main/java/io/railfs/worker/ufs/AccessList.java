// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What an access control list leaves of a mode. With a list the group bits of st_mode are its mask,
 * the most that anybody but the owner and the others can have, and not what the owning group has. A
 * client that sees the mode alone takes them for the latter; so the mode that is shown has to give
 * nobody more than the list does:
 *
 * <ul>
 *   <li>The owner's bits are those of the list's owner, which come before all else.
 *   <li>The group bits are for members of the owning group. They have what the list gives it within
 *       the mask; but each of them may also be a user with an entry of his own, which comes before
 *       that of the group. Entries of further groups only add to what a member of the owning group
 *       has.
 *   <li>The other bits are for everybody else: for users with an entry of their own, and for
 *       members of groups with one, who have that instead. Who is in several such groups has at
 *       least what one of them gives.
 * </ul>
 *
 * <p>So some are refused what the list grants them: named users and groups. The kernel itself does
 * not look at a list where the mask, and so the group bits, are empty.
 *
 * <pre>
 *   version 4 (2) | tag 2 | permissions 2 | id 4 | tag ... (little-endian; posix_acl_xattr.h)
 * </pre>
 */
final class AccessList {
  static final ByteString ATTRIBUTE = ByteString.copyFromUtf8("system.posix_acl_access");

  private static final int VERSION = 2;
  private static final int ENTRY = 8;

  private static final int USER = 0x02;
  private static final int GROUP_OBJ = 0x04;
  private static final int GROUP = 0x08;
  private static final int MASK = 0x10;

  private static final int ALL = 07;

  private AccessList() {}

  /**
   * The mode to tell.
   *
   * @param mode permission bits, 07777
   * @param list the attribute's value
   */
  static int restrict(int mode, byte[] list) {
    ByteBuffer in = ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < Integer.BYTES || in.getInt() != VERSION || in.remaining() % ENTRY != 0) {
      // Of a kind that is not known: nobody but the owner is sure to be let in.
      return mode & ~077;
    }
    int users = ALL;
    int groups = ALL;
    int owningGroup = ALL;
    int mask = ALL;
    boolean hasNamed = false;
    while (in.hasRemaining()) {
      int tag = in.getShort();
      int permissions = in.getShort() & ALL;
      in.getInt();
      hasNamed |= tag == USER || tag == GROUP;
      switch (tag) {
        case USER -> users &= permissions;
        case GROUP_OBJ -> owningGroup = permissions;
        case GROUP -> groups &= permissions;
        case MASK -> mask = permissions;
        default -> {
          // The owner and the others, whose permissions are those of the mode.
        }
      }
    }
    int named = hasNamed ? users & groups & mask : ALL;
    return mode & (07707 | (owningGroup & users & mask) << 3) & (07770 | named);
  }
}
