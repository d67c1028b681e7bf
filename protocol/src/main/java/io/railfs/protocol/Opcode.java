// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

/**
 * What a frame asks for or answers. A reply carries the opcode of its request. Codes are part of
 * the wire and never change; docs/PROTOCOL.md names the body of each.
 */
public enum Opcode {
  HELLO(1),
  PROVE(2),
  STAT(16),
  LIST(17),
  XATTR(18),
  STATFS(19),
  STATUS(20),
  LOAD(21),
  FREE(22),
  CHECK(23),
  PIN(24),
  UNPIN(25),
  READ(32),
  PROBE(33),
  OPEN(34);

  private static final Opcode[] VALUES = values();

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }

  /** The opcode with this number, or null where this release knows none. */
  public static Opcode ofCode(int code) {
    for (Opcode opcode : VALUES) {
      if (opcode.code == code) {
        return opcode;
      }
    }
    return null;
  }
}
