// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How directories are read, on a mount. */
final class DirectoryTest {
  private static final int MANY = 8_000;

  private static MountEnvironment playground;

  @BeforeAll
  static void mount() {
    playground = MountEnvironment.mounted(DirectoryTest::makeDataset);
  }

  private static void makeDataset(Path root) throws IOException {
    Datasets.manyFiles(root.resolve("many"), MANY);
    Datasets.manyFiles(root.resolve("few"), 100);
    Datasets.everything(java.nio.file.Files.createDirectory(root.resolve("mixed")));
  }

  @AfterAll
  static void unmount() {
    playground.close();
  }

  private static String bash(String script) {
    return Shell.bash(script, playground.mountpoint, playground.dataset).ok().out().strip();
  }

  @Test
  void positionsOfAnOpenDirectoryStayAndRewindingShowsTheSame() {
    String script =
        """
        use strict; my ($path, $count) = @ARGV;
        opendir(my $d, $path) or die $!;
        my (@names, @says);
        while (1) { my $t = telldir($d); my $n = readdir($d); last unless defined $n; push @says, $t; push @names, $n; }
        die scalar(@names) unless @names == $count + 2;
        my %seen; $seen{$_}++ for @names; die "twice" unless keys %seen == @names;
        srand(42);
        for (1..500) { my $i = int(rand(@names)); seekdir($d, $says[$i]); die "at $i" unless readdir($d) eq $names[$i]; }
        rewinddir($d);
        for my $n (@names) { die "rewound" unless readdir($d) eq $n; }
        die "end" if defined readdir($d);
        print "same";
        """;
    assertThat(
            Shell.bash("perl -e \"$1\" \"$2/many\" \"$3\"", script, playground.mountpoint, MANY)
                .ok()
                .out())
        .isEqualTo("same");
  }

  @Test
  void everyEntryOfAListingHasTheAttributesOfTheSource() {
    String sums =
        bash(
            "cd \"$1\" && l() { find . ! -type d -printf '%P|%y|%s|%m|%U|%G|%T@|%C@|%l\\n' | sort | sha256sum; }; l; cd \"$2\" && l");
    assertThat(sums.lines().distinct()).hasSize(1);
  }

  @Test
  void aListingBringsTheAttributesSoThatNoneIsAskedFor() {
    long pid = playground.mountPid();
    // With its process stopped the mount answers nothing; what is known the kernel knows.
    String answer =
        Shell.bash(
                """
                python3 - "$1/few" "$2" <<'X'
                import os, signal, sys
                names = os.listdir(sys.argv[1])
                directory = os.open(sys.argv[1], os.O_PATH)
                signal.alarm(30)
                signal.signal(signal.SIGALRM, lambda *a: (os.kill(int(sys.argv[2]), signal.SIGCONT), sys.exit(1)))
                os.kill(int(sys.argv[2]), signal.SIGSTOP)
                try:
                  found = sum(os.stat(name, dir_fd=directory).st_nlink for name in names)
                finally:
                  os.kill(int(sys.argv[2]), signal.SIGCONT)
                print(found)
                X
                """,
                playground.mountpoint,
                pid)
            .ok()
            .out()
            .strip();
    assertThat(answer).isEqualTo("100");
  }

  @Test
  void listingsThatAreKilledHalfWayLeaveTheMountSound() {
    bash(
        "for i in $(seq 40); do timeout -s KILL 0.0$((i % 7 + 1)) ls -l \"$1/many\" || true; done");
    assertThat(bash("ls -l \"$1/many\" | wc -l")).isEqualTo(String.valueOf(MANY + 1));
  }

  @Test
  void manyWhoListAtOnceSeeTheSame() {
    String counts =
        bash(
            "for i in $(seq 12); do (ls -f \"$1/many\" | sort | sha256sum) & done | sort -u; wait; ls -f \"$2/many\" | sort | sha256sum");
    assertThat(counts.lines().distinct()).hasSize(1);
  }

  @Test
  void accessControlListsAreNoPartOfTheDatasetAndAskedForOnceByLs() {
    String errno =
        bash(
            "python3 -c 'import os,errno,sys\ntry: os.getxattr(sys.argv[1],\"system.posix_acl_access\")\nexcept OSError as e: print(errno.errorcode[e.errno])' \"$1/few/sample-0000001.jpg\"");
    assertThat(errno).isIn("EOPNOTSUPP", "ENOTSUP");
  }
}
