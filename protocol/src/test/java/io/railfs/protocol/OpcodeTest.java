// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.protocol.messages.ErrorCode;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Numbers that are on the wire: a change here breaks every mount that runs an older release. */
final class OpcodeTest {
  @Test
  void opcodesKeepTheirNumbers() {
    assertThat(Arrays.stream(Opcode.values()).collect(toMap(Enum::name, Opcode::code)))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("HELLO", 1),
                Map.entry("PROVE", 2),
                Map.entry("STAT", 16),
                Map.entry("LIST", 17),
                Map.entry("XATTR", 18),
                Map.entry("STATFS", 19),
                Map.entry("STATUS", 20),
                Map.entry("LOAD", 21),
                Map.entry("FREE", 22),
                Map.entry("CHECK", 23),
                Map.entry("PIN", 24),
                Map.entry("UNPIN", 25),
                Map.entry("READ", 32),
                Map.entry("PROBE", 33),
                Map.entry("OPEN", 34)));
  }

  @Test
  void opcodeIsFoundByItsNumber() {
    for (Opcode opcode : Opcode.values()) {
      assertThat(Opcode.ofCode(opcode.code())).isSameAs(opcode);
    }
    assertThat(Opcode.ofCode(0)).isNull();
  }

  @Test
  void errorCodesKeepTheirNumbers() {
    assertThat(Arrays.stream(ErrorCode.values()).filter(code -> code != ErrorCode.UNRECOGNIZED))
        .extracting(code -> code.getNumber() + " " + code.name())
        .containsExactly(
            "0 ERROR_UNSPECIFIED",
            "1 NOT_FOUND",
            "2 NOT_A_DIRECTORY",
            "3 NOT_A_FILE",
            "4 ACCESS_DENIED",
            "5 STALE",
            "6 UFS_FAILED",
            "7 INVALID_REQUEST",
            "8 UNKNOWN_OPCODE",
            "9 UNSUPPORTED_VERSION",
            "10 BUSY",
            "11 WORKER_FAILED",
            "12 NO_SPACE",
            "13 UNTRUSTED");
  }

  @Test
  void headerKeepsItsNumbers() {
    assertThat(FrameHeader.MAGIC).isEqualTo(0x5241494C);
    assertThat(FrameHeader.VERSION).isEqualTo(1);
    assertThat(FrameHeader.LENGTH).isEqualTo(28);
    assertThat(FrameHeader.RESPONSE).isEqualTo(1);
    assertThat(FrameHeader.ERROR).isEqualTo(2);
    assertThat(FrameHeader.MORE).isEqualTo(4);
  }
}
