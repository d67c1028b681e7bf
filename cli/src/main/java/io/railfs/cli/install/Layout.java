// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the parts of an installation are.
 *
 * <pre>
 *   PREFIX/lib/railfs/RELEASE/       bin, lib (jars), conf (a link), defaults, deploy, docs
 *   PREFIX/lib/railfs/current        a link to the release in use
 *   PREFIX/bin/railfs                links through "current"
 *   PREFIX/share/doc/railfs
 *   PREFIX/lib/systemd/system/       the units
 *   ETC/railfs/                      conf files
 *   SBIN/mount.railfs                where mount(8) looks
 * </pre>
 *
 * <p>ETC and SBIN are /etc and /sbin for the prefixes of a system, else below the prefix.
 *
 * @param prefix absolute
 * @param root what stands for / while a package is made; else /
 */
public record Layout(Path prefix, Path root) {
  /** Where an administrator's own software goes. */
  public static final Path USUAL_PREFIX = Path.of("/usr/local");

  private static final Path TOP = Path.of("/");
  private static final List<Path> OF_THE_SYSTEM = List.of(TOP, Path.of("/usr"), USUAL_PREFIX);

  public Layout {
    requireNonNull(prefix, "prefix is null");
    requireNonNull(root, "root is null");
  }

  /** Whether everything is put aside for a package instead of its place. */
  public boolean isStaged() {
    return !root.equals(TOP);
  }

  /** Where a path is now, which later is without the root. */
  Path now(Path path) {
    return root.resolve(TOP.relativize(path));
  }

  /** Whether programs of the system find the parts by themselves. */
  boolean isOfTheSystem() {
    return OF_THE_SYSTEM.contains(prefix);
  }

  private Path base() {
    return isOfTheSystem() ? TOP : prefix;
  }

  Path home() {
    return prefix.resolve("lib/railfs");
  }

  Path current() {
    return home().resolve("current");
  }

  Path command() {
    return prefix.resolve("bin/railfs");
  }

  Path docs() {
    return prefix.resolve("share/doc/railfs");
  }

  Path units() {
    return prefix.resolve("lib/systemd/system");
  }

  Path conf() {
    return base().resolve("etc/railfs");
  }

  Path mountHelper() {
    return base().resolve("sbin/mount.railfs");
  }
}
