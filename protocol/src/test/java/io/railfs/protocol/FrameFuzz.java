// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/**
 * Frames as a hostile peer sends them: sound ones, and ones with lengths, flags, opcodes, ids,
 * checksums and bodies that lie, most of them under a control crc that holds, so that they come
 * past the decoder. The same seed makes the same frames.
 */
public final class FrameFuzz {
  private static final int[] LENGTHS = {
    0,
    1,
    27,
    28,
    29,
    4_095,
    65_535,
    65_536,
    65_537,
    1 << 20,
    (1 << 20) + 1,
    64 << 20,
    -1,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE
  };

  private static final int LARGE = 80_000;

  private final Random random;

  public FrameFuzz(long seed) {
    random = new Random(seed);
  }

  /** The seed that the property railfs.fuzz.seed names, or another one each time; printed. */
  public static long seed(String test) {
    long seed = Long.getLong("railfs.fuzz.seed", System.nanoTime());
    System.out.println(test + " -Drailfs.fuzz.seed=" + seed);
    return seed;
  }

  /** As many frames as the property railfs.fuzz.frames names. */
  public static int frames(int otherwise) {
    return Integer.getInteger("railfs.fuzz.frames", otherwise);
  }

  public Random random() {
    return random;
  }

  /** A sound frame and its payload. */
  public static final class Sound {
    private final int flags;
    private final int opcode;
    private final long id;
    private final byte[] body;
    private final byte[] payload;

    public Sound(int flags, int opcode, long id, byte[] body, byte[] payload) {
      this.flags = flags;
      this.opcode = opcode;
      this.id = id;
      this.body = body;
      this.payload = payload;
    }

    public byte[] bytes() {
      return join(frame(flags, opcode, id, body.length, payload.length, body), payload);
    }
  }

  /**
   * The frame as it is, half of the time, or something made of it and another one. One in fifty
   * breaks the stream, or makes it wait for bytes that are those of the next frames.
   */
  public byte[] next(Sound sound, List<byte[]> otherBodies) {
    if (random.nextBoolean()) {
      return sound.bytes();
    }
    if (random.nextInt(25) == 0) {
      return breaking(sound);
    }
    byte[] other = otherBodies.get(random.nextInt(otherBodies.size()));
    return switch (random.nextInt(9)) {
      case 0 -> withBody(sound, random.nextInt(1 << 16), sound.id, sound.body);
      case 1 -> withBody(sound, random.nextInt(64), sound.id, sound.body);
      case 2 -> withBody(sound, sound.opcode, id(), sound.body);
      case 3 -> flags(sound);
      case 4 -> withBody(sound, sound.opcode, sound.id, other);
      case 5 -> withBody(sound, sound.opcode, sound.id, join(sound.body, other));
      case 6 -> large(sound);
      default -> withBody(sound, sound.opcode, sound.id, flipped(sound.body));
    };
  }

  private byte[] breaking(Sound sound) {
    return switch (random.nextInt(5)) {
      case 0 -> flipped(sound.bytes());
      case 1 -> length(sound, true, random.nextBoolean());
      case 2 -> length(sound, false, random.nextBoolean());
      case 3 -> noise(random.nextInt(200));
      default -> cut(sound.bytes());
    };
  }

  /** Rarely, for it takes the time of hundreds. */
  private byte[] large(Sound sound) {
    int length = random.nextInt(random.nextInt(16) == 0 ? LARGE : 200);
    return withBody(sound, sound.opcode, sound.id, tiny(length));
  }

  private byte[] length(Sound sound, boolean body, boolean sealed) {
    int real = body ? sound.body.length : sound.payload.length;
    int lie =
        random.nextBoolean()
            ? LENGTHS[random.nextInt(LENGTHS.length)]
            : real + random.nextInt(9) - 4;
    byte[] frame =
        frame(
            sound.flags,
            sound.opcode,
            sound.id,
            body ? lie : sound.body.length,
            body ? sound.payload.length : lie,
            sound.body);
    if (!sealed) {
      frame[24] ^= 1;
    }
    return join(frame, sound.payload);
  }

  private byte[] flags(Sound sound) {
    byte[] body = sound.body;
    int flags = random.nextInt(256);
    return join(
        frame(flags, sound.opcode, sound.id, body.length, sound.payload.length, body),
        sound.payload);
  }

  private byte[] withBody(Sound sound, int opcode, long id, byte[] body) {
    return join(
        frame(sound.flags, opcode, id, body.length, sound.payload.length, body), sound.payload);
  }

  private long id() {
    return random.nextBoolean() ? random.nextLong() : random.nextInt(1_000);
  }

  private byte[] flipped(byte[] bytes) {
    byte[] bad = bytes.clone();
    for (int i = random.nextInt(4); i >= 0 && bad.length > 0; i--) {
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bad;
  }

  private byte[] cut(byte[] bytes) {
    return java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  /** The same field of no bytes again and again: as many objects as a body can ask for. */
  private byte[] tiny(int length) {
    byte[] body = new byte[length & ~1];
    byte tag = (byte) ((1 + random.nextInt(6)) << 3 | (random.nextBoolean() ? 2 : 0));
    for (int i = 0; i < body.length; i += 2) {
      body[i] = tag;
    }
    return body;
  }

  private static byte[] frame(
      int flags, int opcode, long id, int bodyLength, int payloadLength, byte[] body) {
    return Wire.frame(FrameHeader.VERSION, flags, opcode, id, bodyLength, payloadLength, body);
  }

  private static byte[] join(byte[] first, byte[] second) {
    if (second.length == 0) {
      return first;
    }
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }
}
