// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process holds, as the kernel says it.
 *
 * @param sockets descriptors of sockets
 * @param deleted descriptors of files that have no name any more
 * @param others all other descriptors
 * @param threads all of them, native ones too
 */
record Resources(int sockets, int deleted, int others, int threads) {

  static Resources of(long pid) throws IOException {
    int sockets = 0;
    int deleted = 0;
    int others = 0;
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
        String target = target(descriptor);
        if (target.startsWith("socket:")) {
          sockets++;
        } else if (target.endsWith("(deleted)")) {
          deleted++;
        } else if (!target.isEmpty()) {
          others++;
        }
      }
    }
    return new Resources(sockets, deleted, others, threads(pid));
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      // Closed since it was listed.
      return "";
    }
  }

  private static int threads(long pid) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return (int) tasks.count();
    }
  }

  /**
   * Threads of a process that the kernel does not wake up for anything but an end of their wait.
   */
  static List<String> uninterruptible(long pid) {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return tasks.filter(Resources::isUninterruptible).map(Path::toString).toList();
    } catch (IOException e) {
      // The process has ended, so it hangs nowhere.
      return List.of();
    }
  }

  private static boolean isUninterruptible(Path task) {
    try {
      String stat = Files.readString(task.resolve("stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'D';
    } catch (IOException e) {
      // It has ended.
      return false;
    }
  }
}
