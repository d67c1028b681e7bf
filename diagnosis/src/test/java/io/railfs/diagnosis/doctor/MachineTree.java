// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a machine's files from a description in src/test/resources/machines: "path = text" for a
 * file ("\n" for a new line, "\t" for a tab), "path -> target" for a symlink, "include name" for
 * the lines of another description, which later lines replace. Git and jars do not keep such names
 * and links.
 */
final class MachineTree {
  private MachineTree() {}

  /** Makes the files below the directory, which it returns; RDMA devices are linked as in sysfs. */
  static Path make(String name, Path root) throws IOException {
    Map<String, String> lines = new LinkedHashMap<>();
    collect(name, lines);
    for (Map.Entry<String, String> line : lines.entrySet()) {
      Path path = root.resolve(line.getKey());
      Files.createDirectories(path.getParent());
      if (line.getValue().startsWith("-> ")) {
        Files.createSymbolicLink(path, Path.of(line.getValue().substring(3).strip()));
      } else {
        String text = line.getValue().substring(2).replace("\\n", "\n").replace("\\t", "\t");
        Files.writeString(path, text.stripTrailing() + "\n");
        if (line.getKey().matches("usr/s?bin/.*")) {
          path.toFile().setExecutable(true);
        }
      }
    }
    return root;
  }

  private static void collect(String name, Map<String, String> lines) throws IOException {
    try (InputStream in = MachineTree.class.getResourceAsStream("/machines/" + name + ".tree")) {
      if (in == null) {
        throw new IOException("there is no description " + name);
      }
      for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
        if (line.startsWith("include ")) {
          collect(line.substring("include ".length()), lines);
        } else if (!line.startsWith("#")) {
          add(line, lines);
        }
      }
    }
  }

  private static void add(String line, Map<String, String> lines) {
    for (String sign : List.of(" -> ", " =")) {
      int at = line.indexOf(sign);
      if (at > 0) {
        lines.put(line.substring(0, at), line.substring(at + 1).stripTrailing() + " ");
        return;
      }
    }
    throw new IllegalArgumentException("neither file nor link: " + line);
  }
}
