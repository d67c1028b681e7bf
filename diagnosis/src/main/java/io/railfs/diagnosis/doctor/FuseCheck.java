// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a mount needs of FUSE. */
final class FuseCheck implements Check {
  private static final String GROUP = "fuse";
  private static final List<String> PROGRAMS =
      List.of("usr/bin", "bin", "usr/sbin", "sbin", "usr/local/bin");
  private static final List<String> LIBRARIES =
      List.of("usr/lib", "lib", "usr/lib64", "lib64", "usr/local/lib");

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.FUSE_DEVICE, CheckId.FUSERMOUNT, CheckId.LIBFUSE, CheckId.ALLOW_OTHER);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    List<Finding> findings = new ArrayList<>();
    findings.add(device(machine));
    findings.add(program(machine));
    findings.add(library(machine.root()));
    if (wanted.allowOther()) {
      findings.add(allowOther(machine));
    }
    return findings;
  }

  private static Finding device(MachineFacts machine) {
    Path device = machine.root().resolve("dev/fuse");
    if (!Files.exists(device)) {
      return Finding.problem(
          GROUP,
          "fuse-device",
          "/dev/fuse is missing",
          "run 'modprobe fuse', or start the container with --device /dev/fuse --cap-add"
              + " SYS_ADMIN");
    }
    boolean usable = Files.isReadable(device) && Files.isWritable(device);
    return Finding.of(
        usable ? Level.OK : Level.PROBLEM,
        GROUP,
        "fuse-device",
        usable ? "/dev/fuse can be opened" : "/dev/fuse cannot be opened by this user",
        "run 'chmod 666 /dev/fuse', as distributions have it");
  }

  private static Finding program(MachineFacts machine) {
    Optional<String> found =
        PROGRAMS.stream()
            .flatMap(directory -> Stream.of(directory + "/fusermount", directory + "/fusermount3"))
            .filter(file -> Files.isExecutable(machine.root().resolve(file)))
            .findFirst();
    return found
        .map(file -> Finding.ok(GROUP, "fusermount", "/" + file))
        .orElseGet(
            () ->
                Finding.of(
                    machine.isRoot() ? Level.WARNING : Level.PROBLEM,
                    GROUP,
                    "fusermount",
                    "neither fusermount nor fusermount3 is installed",
                    "install the package fuse (or fuse3); without it only root can mount"));
  }

  private static Finding library(Path root) {
    for (String directory : LIBRARIES) {
      Optional<Path> found = library(root, root.resolve(directory));
      if (found.isPresent()) {
        return Finding.ok(GROUP, "libfuse", "/" + found.get());
      }
    }
    return Finding.problem(
        GROUP,
        "libfuse",
        "libfuse.so.2 is not installed",
        "install libfuse2 (libfuse2t64 on newer Debian and Ubuntu, fuse-libs on RHEL)");
  }

  /** In the directory, or in one like x86_64-linux-gnu in it. */
  private static Optional<Path> library(Path root, Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return Stream.concat(Stream.of(directory), entries.filter(Files::isDirectory).sorted())
          .map(place -> place.resolve("libfuse.so.2"))
          .filter(Files::exists)
          .map(root::relativize)
          .findFirst();
    } catch (IOException e) {
      // No such directory, so no library in it.
      return Optional.empty();
    }
  }

  private static Finding allowOther(MachineFacts machine) {
    if (machine.isRoot()) {
      return Finding.ok(GROUP, "allow-other", "root needs no permission for allow-other");
    }
    boolean allowed = allows(machine.root().resolve("etc/fuse.conf"));
    return Finding.of(
        allowed ? Level.OK : Level.PROBLEM,
        GROUP,
        "allow-other",
        "user_allow_other is " + (allowed ? "" : "not ") + "set in /etc/fuse.conf",
        "put a line 'user_allow_other' into /etc/fuse.conf, or mount as root");
  }

  private static boolean allows(Path conf) {
    try (Stream<String> lines = Files.lines(conf, UTF_8)) {
      return lines.anyMatch(line -> line.strip().equals("user_allow_other"));
    } catch (IOException e) {
      // Without the file nothing is allowed.
      return false;
    }
  }
}
