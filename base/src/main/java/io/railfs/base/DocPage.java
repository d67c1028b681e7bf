// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/** The pages of RailFS's documentation, for messages that send a person there. */
public final class DocPage {
  /** The launcher reports where RailFS is installed. */
  private static final String HOME = "railfs.home";

  private DocPage() {}

  /** Where a page is on this machine, as far as it is known: "/opt/railfs/docs/SECURITY.md". */
  public static String of(String name) {
    requireNonNull(name, "name is null");
    String home = System.getProperty(HOME, "");
    return home.isEmpty() ? "docs/" + name : Path.of(home, "docs", name).toString();
  }
}
