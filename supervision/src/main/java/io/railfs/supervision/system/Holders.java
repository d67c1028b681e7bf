// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the processes that use a directory tree, from /proc alone: the tree itself is not touched,
 * for it may hang. Processes of other users show only to root.
 */
public final class Holders {
  private static final Path PROC = Path.of("/proc");
  private static final int COMMAND_LENGTH = 80;

  private final String root;
  private final String below;

  private Holders(Path directory) {
    this.root = directory.toString();
    this.below = root + "/";
  }

  /** One holder for each process, by pid. */
  public static List<Holder> of(Path directory) throws CommandException {
    Holders search = new Holders(directory);
    List<Holder> found = new ArrayList<>();
    long self = ProcessHandle.current().pid();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        if (pid != self) {
          search.use(process).ifPresent(use -> found.add(new Holder(pid, command(process), use)));
        }
      }
    } catch (IOException e) {
      throw new CommandException("/proc cannot be read: " + e.getMessage(), e);
    }
    found.sort((left, right) -> Long.compare(left.pid(), right.pid()));
    return found;
  }

  private Optional<String> use(Path process) {
    for (String link : List.of("cwd", "root", "exe")) {
      if (pointsInside(process.resolve(link))) {
        return Optional.of(link);
      }
    }
    return descriptor(process).or(() -> mapping(process));
  }

  private Optional<String> descriptor(Path process) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        if (pointsInside(descriptor)) {
          return Optional.of("fd " + descriptor.getFileName());
        }
      }
    } catch (IOException e) {
      // It ended meanwhile, or belongs to someone else: nothing can be said about it.
      return Optional.empty();
    }
    return Optional.empty();
  }

  private Optional<String> mapping(Path process) {
    try (Stream<String> lines = Files.lines(process.resolve("maps"), ISO_8859_1)) {
      return lines.anyMatch(this::mapsInside) ? Optional.of("mmap") : Optional.empty();
    } catch (IOException | UncheckedIOException e) {
      // As above.
      return Optional.empty();
    }
  }

  private boolean mapsInside(String line) {
    int path = line.indexOf('/');
    return path > 0 && isInside(new String(line.substring(path).getBytes(ISO_8859_1), UTF_8));
  }

  /** Whether a line of a maps file, with one char for each byte, is of a file inside. */
  static boolean mapsInside(String line, Path directory) {
    return new Holders(directory).mapsInside(line);
  }

  private boolean pointsInside(Path link) {
    try {
      return isInside(Files.readSymbolicLink(link).toString());
    } catch (IOException e) {
      // As above.
      return false;
    }
  }

  private boolean isInside(String path) {
    return path.startsWith(below) || path.equals(root) || path.equals(root + " (deleted)");
  }

  /** The command line of a process for messages, or its short name where it has none. */
  static String command(Path process) {
    try {
      String line = Files.readString(process.resolve("cmdline"), ISO_8859_1);
      if (line.isEmpty()) {
        line = Files.readString(process.resolve("comm"), ISO_8859_1);
      }
      String text = new String(line.getBytes(ISO_8859_1), UTF_8).replace('\0', ' ').strip();
      return text.length() <= COMMAND_LENGTH ? text : text.substring(0, COMMAND_LENGTH) + "...";
    } catch (IOException e) {
      return "ended meanwhile";
    }
  }
}
