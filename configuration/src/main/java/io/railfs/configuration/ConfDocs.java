// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes the files that are made from the modules' reference.conf: conf/railfs.conf,
 * conf/railfs-worker.conf and docs/CONFIGURATION.md. A test holds them to what this would write.
 */
public final class ConfDocs {
  /** How to write them again. */
  public static final String COMMAND =
      "mvn -B -q -DskipTests package && bin/railfs conf write-docs";

  private ConfDocs() {}

  /**
   * The generated files: path inside the repository to content.
   *
   * @throws ConfException where a module's reference.conf cannot be read
   */
  public static Map<Path, String> files() throws ConfException {
    Reference reference = Reference.load();
    Map<Path, String> files = new LinkedHashMap<>();
    for (ProcessRole kind : ProcessRole.values()) {
      files.put(Path.of("conf", kind.fileName()), ConfTemplate.render(kind, reference));
    }
    files.put(Path.of("docs", "CONFIGURATION.md"), ConfPage.render(reference));
    return files;
  }

  /** Writes them below the directory. */
  public static void write(Path directory) throws ConfException, IOException {
    for (Map.Entry<Path, String> file : files().entrySet()) {
      Path target = directory.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.writeString(target, file.getValue(), UTF_8);
    }
  }
}
