// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The Python programs among the test resources, which make system calls that Java does not have.
 */
final class Scripts {
  private static final Path RESOURCES =
      MountEnvironment.HOME.resolve("integration-tests/src/test/resources");

  private Scripts() {}

  /** Runs one with these words; it leaves no compiled files behind. */
  static Shell.Result python(String name, Duration limit, Object... words) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("python3", "-B", RESOURCES.resolve(name).toString()));
    Stream.of(words).map(Object::toString).forEach(command::add);
    return Shell.run(limit, Map.of("LC_ALL", "C.UTF-8"), null, command);
  }
}
