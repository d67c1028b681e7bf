// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

final class AccessListTest {
  private static final int USER_OBJ = 1;
  private static final int USER = 2;
  private static final int GROUP_OBJ = 4;
  private static final int GROUP = 8;
  private static final int MASK = 16;
  private static final int OTHER = 32;

  /** Of tag and permissions in turn, all for the same user or group. */
  private static byte[] list(int... entries) {
    ByteBuffer list =
        ByteBuffer.allocate(4 + entries.length / 2 * 8).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    for (int i = 0; i < entries.length; i += 2) {
      list.putShort((short) entries[i]).putShort((short) entries[i + 1]).putInt(1003);
    }
    return list.array();
  }

  @Test
  void theGroupGetsWhatTheListGivesItAndNotTheMask() {
    byte[] list = list(USER_OBJ, 6, USER, 4, GROUP_OBJ, 0, MASK, 4, OTHER, 0);
    assertThat(AccessList.restrict(0640, list)).isEqualTo(0600);
    assertThat(AccessList.restrict(06640, list)).isEqualTo(06600);
  }

  @Test
  void theMaskBoundsTheGroupAndWhoIsNamed() {
    byte[] list = list(USER_OBJ, 7, USER, 7, GROUP_OBJ, 7, GROUP, 7, MASK, 5, OTHER, 7);
    assertThat(AccessList.restrict(0757, list)).isEqualTo(0755);
  }

  @Test
  void aUserWhoIsRefusedByNameIsRefusedAsMemberOfTheGroupAndAsAnyOther() {
    byte[] list = list(USER_OBJ, 6, USER, 4, USER, 0, GROUP_OBJ, 4, MASK, 4, OTHER, 4);
    assertThat(AccessList.restrict(0644, list)).isEqualTo(0600);
  }

  @Test
  void aGroupThatIsRefusedByNameIsRefusedAsAnyOtherAndTheOwningGroupIsNot() {
    byte[] list = list(USER_OBJ, 6, GROUP_OBJ, 4, GROUP, 6, GROUP, 0, MASK, 6, OTHER, 4);
    assertThat(AccessList.restrict(0664, list)).isEqualTo(0640);
  }

  @Test
  void aListThatSaysWhatTheModeSaysChangesNothing() {
    assertThat(AccessList.restrict(0754, list(USER_OBJ, 7, GROUP_OBJ, 5, OTHER, 4)))
        .isEqualTo(0754);
  }

  @Test
  void aListOfAnUnknownKindLeavesTheOwnerAlone() {
    byte[] other = list(USER_OBJ, 7, GROUP_OBJ, 5, OTHER, 4);
    other[0] = 3;
    assertThat(AccessList.restrict(0754, other)).isEqualTo(0700);
    assertThat(AccessList.restrict(0754, new byte[3])).isEqualTo(0700);
    assertThat(AccessList.restrict(0754, new byte[] {2, 0, 0, 0, 1})).isEqualTo(0700);
  }
}
