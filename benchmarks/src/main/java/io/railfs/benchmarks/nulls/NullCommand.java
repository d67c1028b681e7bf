// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.nulls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a {@link NullMount} is started. */
public final class NullCommand {
  private NullCommand() {}

  /** The command of a mount of large files with room for one of them in its cache. */
  public static List<String> command(Path mountpoint, int files, long size, String memory) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(NullMount.jvmFlags(memory));
    words.add("--enable-native-access=ALL-UNNAMED");
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.add(NullMount.class.getName());
    words.add(mountpoint.toString());
    words.addAll(List.of(Integer.toString(files), Long.toString(size), memory));
    return words;
  }
}
