// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a process that may not mount asks of one that may (docs/KUBERNETES.md): the /dev/fuse of a
 * mount that the other one makes. As text it is a first line, a line for each field and an empty
 * line. Immutable.
 *
 * @param name of the mount; the other side knows its directory
 * @param maxRead bytes of the largest read of the kernel, 4 KiB to 1 MiB
 * @param readahead bytes that the kernel reads ahead, 0 to 64 MiB
 * @param source what the system shows as the device
 */
public record HandoverRequest(String name, int maxRead, int readahead, String source) {
  /** Bytes that the text has at most. */
  public static final int MAX_BYTES = 4096;

  private static final String FIRST = "railfs-mount 1";
  private static final String NAME = "name";
  private static final String MAX_READ = "max-read";
  private static final String READAHEAD = "readahead";
  private static final String SOURCE = "source";

  private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x21-\\x7e]");

  private static final int MIN_READ = 4096;
  private static final int LARGEST_READ = 1 << 20;
  private static final int MAX_READAHEAD = 64 << 20;
  private static final int MAX_SOURCE = 255;

  /**
   * @throws IllegalArgumentException with one sentence where a field is out of its bounds
   */
  public HandoverRequest {
    requireNonNull(name, "name is null");
    requireNonNull(source, "source is null");
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "'"
              + UNPRINTABLE.matcher(name).replaceAll("?")
              + "' is no name of a mount; it has letters, digits, '.', '_' and '-', at most 63");
    }
    if (maxRead < MIN_READ || maxRead > LARGEST_READ) {
      throw new IllegalArgumentException(
          "the largest read is " + maxRead + " bytes, but must be from 4096 to 1048576");
    }
    if (readahead < 0 || readahead > MAX_READAHEAD) {
      throw new IllegalArgumentException(
          "the readahead is " + readahead + " bytes, but must be from 0 to 67108864");
    }
    if (source.isEmpty() || source.length() > MAX_SOURCE || UNPRINTABLE.matcher(source).find()) {
      throw new IllegalArgumentException(
          "the source has to be of 1 to 255 printable characters without blanks");
    }
  }

  /** Whether a mount may have this name. */
  public static boolean isName(String name) {
    return NAMES.matcher(name).matches();
  }

  /** With a source that is cut and has '?' for what it may not have. */
  public static HandoverRequest of(String name, int maxRead, int readahead, String source) {
    String printable = UNPRINTABLE.matcher(source).replaceAll("?");
    String kept = printable.substring(0, Math.min(printable.length(), MAX_SOURCE));
    return new HandoverRequest(name, maxRead, readahead, kept.isEmpty() ? "railfs" : kept);
  }

  /** What goes to the other side. */
  public String text() {
    return FIRST
        + line(NAME, name)
        + line(MAX_READ, Integer.toString(maxRead))
        + line(READAHEAD, Integer.toString(readahead))
        + line(SOURCE, source)
        + "\n\n";
  }

  private static String line(String field, String value) {
    return "\n" + field + " " + value;
  }

  /** Whether this is all of a request: it ends with an empty line. */
  public static boolean isWhole(String text) {
    return text.endsWith("\n\n");
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException with one sentence where it is something else
   */
  public static HandoverRequest parse(String text) {
    String[] lines = text.split("\n", -1);
    if (!lines[0].equals(FIRST) || !isWhole(text)) {
      throw new IllegalArgumentException("this is no request for a mount of version 1");
    }
    Map<String, String> fields = new HashMap<>();
    for (int i = 1; i < lines.length - 2; i++) {
      int blank = lines[i].indexOf(' ');
      String field = blank < 0 ? lines[i] : lines[i].substring(0, blank);
      if (!Set.of(NAME, MAX_READ, READAHEAD, SOURCE).contains(field)
          || fields.put(field, lines[i].substring(blank + 1)) != null) {
        throw new IllegalArgumentException("line " + (i + 1) + " of the request is not known");
      }
    }
    return new HandoverRequest(
        fields.getOrDefault(NAME, ""),
        number(fields.get(MAX_READ)),
        number(fields.get(READAHEAD)),
        fields.getOrDefault(SOURCE, ""));
  }

  /** -1, which no field may have, where it is none. */
  private static int number(String text) {
    return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
  }
}
