// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The variables of this process. One that is empty counts as one that is not set, as shells and the
 * XDG specification have it: env files and containers write what they lack that way.
 *
 * @param variables by name
 */
public record Environment(Map<String, String> variables) {
  /** Of this process. */
  public static Environment ofThisProcess() {
    return new Environment(System.getenv());
  }

  /** The value of a variable that is set to something. */
  public Optional<String> get(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  /** The absolute path that a variable names; a relative one would mean another place each time. */
  public Optional<Path> directory(String name) {
    return get(name).map(Path::of).filter(Path::isAbsolute);
  }
}
