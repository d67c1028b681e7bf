// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this process may use, from /proc/self/limits; {@link #UNLIMITED} where there is no limit.
 *
 * @param lockedMemory bytes that it may pin, soft limit
 * @param openFiles descriptors, hard limit: Java raises its soft limit to it
 */
public record ProcessLimits(long lockedMemory, long openFiles) {
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** Empty where the file is not there. */
  public static Optional<ProcessLimits> of(Path root) {
    return KernelFile.text(root.resolve("proc/self/limits"))
        .map(
            text ->
                new ProcessLimits(
                    limit(text, "Max locked memory", 1), limit(text, "Max open files", 2)));
  }

  private static long limit(String text, String name, int column) {
    Matcher line = Pattern.compile("(?m)^" + name + " +(\\S+) +(\\S+)").matcher(text);
    return !line.find() || line.group(column).equals("unlimited")
        ? UNLIMITED
        : Long.parseLong(line.group(column));
  }
}
