// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The mount shows the same tree as the dataset, to everything that people compare trees with. */
final class TreeTest {
  private static MountEnvironment playground;

  @BeforeAll
  static void mount() {
    playground = MountEnvironment.mounted(Datasets::everything);
  }

  @AfterAll
  static void unmount() {
    playground.close();
  }

  private static String inBoth(String script) {
    String here = Shell.bash("cd \"$1\" && " + script, playground.dataset).ok().out();
    String there = Shell.bash("cd \"$1\" && " + script, playground.mountpoint).ok().out();
    assertThat(there).isEqualTo(here);
    return here;
  }

  @Test
  void everyFileHasTheSameSha256() {
    String sums = inBoth("find . -type f -print0 | sort -z | xargs -0 sha256sum");
    assertThat(sums.lines().count()).isGreaterThan(25);
  }

  @Test
  void everyNameIsTheSameByteForByteAlsoWhereItIsNotUtf8() {
    String names = inBoth("find . -print0 | sort -z | od -An -tx1");
    assertThat(names).contains("ff fe 80");
  }

  @Test
  void everyStatIsTheSame() {
    // Links and inode numbers are RailFS's own (docs/SEMANTICS.md); sizes of directories are, too.
    inBoth("find . -printf '%y %m %U %G %T@ %C@ %P\\0' | sort -z | tr '\\0' '\\n'");
    inBoth("find . ! -type d -printf '%s %l %P\\0' | sort -z | tr '\\0' '\\n'");
  }

  @Test
  void treeComparersFindNoDifference() {
    Path dataset = playground.dataset;
    Path mount = playground.mountpoint;
    assertThat(Shell.bash("diff -r --no-dereference \"$1\" \"$2\"", dataset, mount).ok().out())
        .isEmpty();
    assertThat(
            Shell.bash("rsync -rlptgocn --delete --itemize-changes \"$1/\" \"$2/\"", dataset, mount)
                .ok()
                .out())
        .isEmpty();
    String here =
        Shell.bash("tar -C \"$1\" --sort=name -cf - . | tar -tf - | sha256sum", dataset).ok().out();
    assertThat(
            Shell.bash("tar -C \"$1\" --sort=name -cf - . | tar -tf - | sha256sum", mount)
                .ok()
                .out())
        .isEqualTo(here);
  }

  @Test
  void inodeNumbersAreUniqueAndTheSameInListingAndStat() {
    String listed =
        Shell.bash(
                "cd \"$1\" && find . -printf '%i %P\\0' | sort -z | tr '\\0' '\\n'",
                playground.mountpoint)
            .ok()
            .out();
    String asked =
        Shell.bash(
                "cd \"$1\" && find . -print0 | xargs -0 stat --printf '%i %n\\0' | sed -z 's, \\./, ,; s, \\.$, ,' | sort -z | tr '\\0' '\\n'",
                playground.mountpoint)
            .ok()
            .out();
    assertThat(asked).isEqualTo(listed);
    String twice =
        Shell.bash("cd \"$1\" && find . -printf '%i\\n' | sort | uniq -d", playground.mountpoint)
            .ok()
            .out();
    assertThat(twice).isEmpty();
  }
}
