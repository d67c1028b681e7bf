// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The paths that load, free and check are about. */
final class BulkPaths {
  @Parameters(
      paramLabel = "PATH",
      arity = "0..*",
      description = "A path of the dataset, such as /train, or one below a mount that runs here.")
  private List<String> paths = List.of();

  @Option(
      names = "--from-file",
      paramLabel = "LIST",
      description = "A file with further paths, one a line; - for standard input.")
  private String list;

  /** As given. */
  List<String> paths() {
    return paths;
  }

  /** Name of the file with further ones, or null. */
  String list() {
    return list;
  }
}
