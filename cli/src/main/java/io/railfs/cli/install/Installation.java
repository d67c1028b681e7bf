// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.base.FileFailure;
import io.railfs.base.FileTree;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Holder;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** RailFS on a machine. Doing a thing twice changes nothing the second time. */
public final class Installation {
  private static final List<String> UNITS =
      List.of("railfs-worker.service", "railfs-mount@.service");

  private final Layout layout;
  private final Consumer<String> say;
  private final Releases releases;
  private final SymbolicLink current;

  /**
   * @param say takes what was done, line by line
   */
  public Installation(Layout layout, Consumer<String> say) {
    this.layout = layout;
    this.say = say;
    this.releases = new Releases(layout.now(layout.home()));
    this.current = new SymbolicLink(layout.now(layout.current()), Path.of("none"));
  }

  private List<SymbolicLink> links() {
    return List.of(
        new SymbolicLink(layout.now(layout.command()), layout.current().resolve("bin/railfs")),
        new SymbolicLink(
            layout.now(layout.mountHelper()), layout.current().resolve("bin/mount.railfs")),
        new SymbolicLink(layout.now(layout.docs()), layout.current().resolve("docs")));
  }

  /**
   * Installs or upgrades.
   *
   * @param home the directory that holds bin/ of what is installed
   * @param version its version
   * @return the release, as it is now
   */
  public Path install(Path home, String version) throws CommandException {
    Distribution distribution = Distribution.of(home);
    String name = version + "-" + distribution.digest();
    for (SymbolicLink link : links()) {
      link.check();
    }
    current.check();
    try {
      boolean known = Files.isDirectory(layout.now(layout.home().resolve(name)));
      Path release = releases.add(name, distribution, layout.conf());
      if (!layout.isStaged()) {
        Files.writeString(release.resolve("java-home"), System.getProperty("java.home") + "\n");
      }
      say.accept((known ? "is there " : "new      ") + release);
      installConf(release);
      installUnits(release);
      new SymbolicLink(current.path(), Path.of(name)).make();
      for (SymbolicLink link : links()) {
        link.make();
        say.accept("link     " + link.path());
      }
      for (Path gone : releases.prune(release)) {
        say.accept("removed  " + gone + ", which nobody used any more");
      }
      return release;
    } catch (AccessDeniedException e) {
      throw new CommandException(
          e.getFile() + " cannot be written by this user: install as root, or with --prefix DIR",
          e);
    } catch (IOException e) {
      throw new CommandException("the installation is not complete: " + FileFailure.describe(e), e);
    }
  }

  private void installConf(Path release) throws IOException {
    List<Path> all = releases.all();
    Path directory = Files.createDirectories(layout.now(layout.conf()));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(release.resolve("defaults"))) {
      for (Path wanted : files) {
        Path target = directory.resolve(wanted.getFileName());
        List<Path> earlier =
            all.stream().map(r -> r.resolve("defaults").resolve(wanted.getFileName())).toList();
        switch (new ConfFile(target, wanted, earlier).install()) {
          case LAID_DOWN -> say.accept("conf     " + target);
          case RENEWED -> say.accept("conf     " + target + ", renewed, as nobody had edited it");
          case SAME -> say.accept("is there " + target);
          case KEPT ->
              say.accept(
                  "kept     %s, which was edited; compare with %s".formatted(target, wanted));
        }
      }
    }
  }

  private void installUnits(Path release) throws IOException {
    Path directory = Files.createDirectories(layout.now(layout.units()));
    for (String unit : UNITS) {
      String text =
          Files.readString(release.resolve("deploy/systemd").resolve(unit))
              .replace("@railfs@", layout.command().toString())
              .replace("@conf@", layout.conf().toString())
              .replace("@docs@", layout.docs().toString());
      Path target = directory.resolve(unit);
      Path temporary = directory.resolve("." + unit + ".new");
      Files.writeString(temporary, text, UTF_8);
      Modes.set(temporary, "rw-r--r--");
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      say.accept("unit     " + target);
    }
  }

  /** Takes away what was installed, but neither conf files nor logs nor cached blocks. */
  public void uninstall() throws CommandException {
    List<Holder> users = releases.users();
    if (!users.isEmpty()) {
      throw new CommandException(
          "RailFS is in use; stop its mounts and workers first:\n  "
              + users.stream().map(Holder::toString).collect(Collectors.joining("\n  ")));
    }
    try {
      List<Path> gone = new ArrayList<>();
      for (SymbolicLink link : links()) {
        if (link.remove()) {
          gone.add(link.path());
        }
      }
      for (String unit : UNITS) {
        Path file = layout.now(layout.units()).resolve(unit);
        if (Files.deleteIfExists(file)) {
          gone.add(file);
        }
      }
      if (Files.isDirectory(releases.directory())) {
        FileTree.delete(releases.directory());
        gone.add(releases.directory());
      }
      gone.forEach(path -> say.accept("removed  " + path));
      if (gone.isEmpty()) {
        say.accept("RailFS is not installed below " + layout.prefix());
      }
      if (Files.isDirectory(layout.now(layout.conf()))) {
        say.accept("kept     " + layout.now(layout.conf()) + ", as logs and cached blocks are");
      }
    } catch (IOException e) {
      throw new CommandException("not everything could be removed: " + FileFailure.describe(e), e);
    }
  }

  /** What a person does next. */
  public void sayNext() {
    if (layout.isStaged()) {
      return;
    }
    say.accept("");
    if (!layout.isOfTheSystem()) {
      say.accept(
          "units    systemctl link %s/railfs-worker.service '%s/railfs-mount@.service'"
              .formatted(layout.units(), layout.units()));
      say.accept("fstab    ln -s %s /sbin/mount.railfs".formatted(layout.mountHelper()));
    }
    say.accept("worker   edit %s/railfs-worker.conf, then".formatted(layout.conf()));
    say.accept("         systemctl daemon-reload && systemctl enable --now railfs-worker");
    say.accept("mount    edit %s/railfs.conf, then".formatted(layout.conf()));
    say.accept("         systemctl enable --now railfs-mount@$(systemd-escape -p /mnt/data)");
  }
}
