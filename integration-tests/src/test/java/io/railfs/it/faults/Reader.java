// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the mount in one style, over and over, and checks all that it gets. */
final class Reader implements Runnable {
  /** How. Direct ones pass by the kernel's page cache. */
  enum Style {
    WHOLE(0),
    WHOLE_DIRECT(Posix.O_DIRECT),
    RANDOM(0),
    RANDOM_DIRECT(Posix.O_DIRECT),
    NAMES(0);

    private final int flags;

    Style(int flags) {
      this.flags = flags;
    }
  }

  /** One for each thread of a verifier. */
  static final List<Style> STYLES =
      List.of(
          Style.WHOLE,
          Style.WHOLE_DIRECT,
          Style.RANDOM,
          Style.RANDOM_DIRECT,
          Style.RANDOM_DIRECT,
          Style.RANDOM_DIRECT,
          Style.WHOLE_DIRECT,
          Style.NAMES);

  private static final int MOST = 1 << 20;
  private static final int PIECE = 256 << 10;
  private static final int READS = 12;

  /**
   * Between two operations: eight readers that never rest would leave the processors of a small
   * machine to nobody else, and the faults are not about that.
   */
  private static final long REST_MILLIS = 8;

  private static final long REST_AFTER_ERROR_MILLIS = 20;

  /** What the S3 server lists of an object that is being put: it is a file there already. */
  private static final Pattern BEING_PUT =
      Pattern.compile("-\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}$");

  private final int number;
  private final Style style;
  private final Verifier verifier;
  private final VerifierOutput output;
  private final Random random;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(MOST);
  private int turn;

  /** Set by the thread that reads. */
  volatile Watched watched;

  /** When its last right operation began. */
  volatile long goodNanos;

  Reader(int number, long seed, Verifier verifier, VerifierOutput output) {
    this.number = number;
    this.style = STYLES.get(number);
    this.verifier = verifier;
    this.output = output;
    this.random = new Random(seed + number);
  }

  @Override
  public void run() {
    watched = new Watched(style, output);
    while (true) {
      verifier.awaitTurn();
      Area area = Area.ALL.get((turn++ + number) % Area.ALL.size());
      try {
        if (style == Style.NAMES) {
          names(area);
        } else {
          file(area);
        }
      } catch (IOException e) {
        // It was told where it was timed; the next round opens again.
        rest(REST_AFTER_ERROR_MILLIS);
      }
    }
  }

  private static void rest(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a reader", e);
    }
  }

  private void good(Area area, long start) {
    goodNanos = start;
    verifier.good(area, start);
  }

  private void file(Area area) throws IOException {
    List<Sample> samples = Sample.of(area);
    Sample sample = samples.get(random.nextInt(samples.size()));
    try (OpenSample open = open(sample)) {
      if (style == Style.WHOLE || style == Style.WHOLE_DIRECT) {
        whole(sample, open);
      } else {
        ranges(sample, open);
      }
    }
  }

  private OpenSample open(Sample sample) throws IOException {
    return new OpenSample(
        sample,
        verifier.mountpoint(),
        style.flags,
        watched,
        verifier.known(),
        output,
        verifier.skew());
  }

  private void whole(Sample sample, OpenSample open) throws IOException {
    MessageDigest digest = Content.sha256();
    int piece = style == Style.WHOLE ? MOST : PIECE;
    for (long at = 0; at <= sample.size(); at += piece) {
      read(sample, open, at, piece);
      digest.update(buffer);
    }
    if (open.generation() >= 0) {
      String sum = HexFormat.of().formatHex(digest.digest());
      if (!sum.equals(verifier.known().sum(sample, open.generation()))) {
        output.wrong(sample.path(), 0, "sha256 is " + sum);
      }
    }
    if (style == Style.WHOLE) {
      open.forget();
    }
  }

  private void ranges(Sample sample, OpenSample open) throws IOException {
    for (int i = 0; i < READS; i++) {
      int length = 1 + random.nextInt(1 << (4 + random.nextInt(15)));
      long at = (long) (random.nextDouble() * sample.size());
      read(sample, open, at, length);
    }
    if (style == Style.RANDOM) {
      open.forget();
    }
  }

  private void read(Sample sample, OpenSample open, long at, int length) throws IOException {
    buffer.clear().limit(length);
    long start = System.nanoTime();
    open.read(buffer, at);
    good(sample.area(), start);
    rest(REST_MILLIS);
  }

  private void names(Area area) throws IOException {
    Path directory = Path.of(verifier.mountpoint(), area.path());
    long start = System.nanoTime();
    Set<String> names = list(area, directory);
    names.removeIf(name -> BEING_PUT.matcher(name).find());
    Set<String> expected =
        Sample.of(area).stream().map(Sample::name).collect(Collectors.toCollection(TreeSet::new));
    if (!names.equals(expected)) {
      output.wrong(area.path(), 0, "lists " + String.join(",", names));
    }
    good(area, start);
    for (Sample sample : Sample.of(area)) {
      stat(sample);
      rest(REST_MILLIS);
    }
    absent(area, directory);
    rest(REST_MILLIS);
  }

  @SuppressWarnings("StreamResourceLeak") // It is closed by who calls for it.
  private Set<String> list(Area area, Path directory) throws IOException {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries =
        watched.time(
            OperationKind.OPEN, area.path(), 0, () -> Files.newDirectoryStream(directory))) {
      watched.time(
          OperationKind.LIST,
          area.path(),
          0,
          () -> {
            try {
              entries.forEach(entry -> names.add(entry.getFileName().toString()));
              return null;
            } catch (java.nio.file.DirectoryIteratorException e) {
              throw e.getCause();
            }
          });
    }
    return names;
  }

  private void stat(Sample sample) throws IOException {
    Path path = Path.of(verifier.mountpoint(), sample.path());
    long start = System.nanoTime();
    BasicFileAttributes attributes =
        watched.time(
            OperationKind.STAT,
            sample.path(),
            0,
            () -> Files.readAttributes(path, BasicFileAttributes.class));
    if (attributes.size() != sample.size() || !attributes.isRegularFile()) {
      output.wrong(sample.path(), 0, "stat says " + attributes.size() + " bytes");
    }
    good(sample.area(), start);
  }

  /** A name that is not there is not there, whatever happens. */
  private void absent(Area area, Path directory) throws IOException {
    boolean found =
        watched.time(
            OperationKind.STAT,
            area.path() + "/absent",
            0,
            () -> {
              try {
                Files.readAttributes(directory.resolve("absent"), BasicFileAttributes.class);
                return true;
              } catch (NoSuchFileException e) {
                return false;
              }
            });
    if (found) {
      output.wrong(area.path() + "/absent", 0, "is there");
    }
  }
}
