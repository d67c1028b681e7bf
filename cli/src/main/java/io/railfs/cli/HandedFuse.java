// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.util.Objects.requireNonNull;

import io.railfs.base.FileFailure;
import io.railfs.base.HandoverRequest;
import io.railfs.fabric.local.DescriptorRequest;
import io.railfs.mount.HandedMount;
import io.railfs.mount.MountException;
import io.railfs.mount.MountSettings;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * Where the /dev/fuse of a mount comes from that another process makes.
 *
 * @param inherited a descriptor that whoever started this process left open; empty: it is asked for
 * @param socket of a node plugin that makes the mount when it is asked
 */
record HandedFuse(OptionalInt inherited, Path socket) {
  /** Less than a process that is ended by a signal waits for the end of its start. */
  private static final Duration PLUGIN = Duration.ofSeconds(20);

  /** More than a node plugin takes for an answer. */
  private static final Duration ANSWER = Duration.ofSeconds(15);

  private static final Path DEVICE = Path.of("/dev/fuse");

  /** As stat(2) numbers the device 10:229. */
  private static final long DEVICE_NUMBER = 0xae5;

  HandedFuse {
    requireNonNull(inherited, "inherited is null");
    requireNonNull(socket, "socket is null");
  }

  static HandedFuse inherited(int descriptor) {
    return new HandedFuse(OptionalInt.of(descriptor), Path.of(""));
  }

  static HandedFuse askedAt(Path socket) {
    return new HandedFuse(OptionalInt.empty(), socket.toAbsolutePath());
  }

  /** Fails with {@link CommandException} where it cannot be as the command line has it. */
  void check(Path mountpoint, MountSettings settings) throws CommandException {
    if (inherited.isPresent()) {
      checkInherited(inherited.getAsInt());
      return;
    }
    String name = name(mountpoint);
    if (!HandoverRequest.isName(name)) {
      throw CommandException.wrong(
          "the node plugin knows mounts by the last name of their directory, and '%s' can be none: it has letters, digits, '.', '_' and '-', at most 63"
              .formatted(name));
    }
    if (!settings.allowOther() || !settings.readOnlyFlag()) {
      throw CommandException.wrong(
          "a mount of the node plugin is read-only and for all users, as the modes of its files allow; set railfs.mount.%s = true"
              .formatted(settings.allowOther() ? "read-only-flag" : "allow-other"));
    }
  }

  private static String name(Path mountpoint) {
    return String.valueOf(mountpoint.getFileName());
  }

  private static void checkInherited(int descriptor) throws CommandException {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      if (Files.readSymbolicLink(link).equals(DEVICE)) {
        return;
      }
    } catch (IOException e) {
      throw CommandException.wrong(
          "descriptor %d is not open in this process; --fuse-fd names one that whoever starts it leaves open"
              .formatted(descriptor),
          e);
    }
    throw CommandException.wrong(
        "descriptor %d is not of /dev/fuse; --fuse-fd names one that another process has opened and mounted"
            .formatted(descriptor));
  }

  /** The mount, of which the descriptor is asked for when it is wanted. */
  HandedMount mount(Path mountpoint, MountSettings settings) {
    return source ->
        inherited.isPresent()
            ? inherited.getAsInt()
            : ask(
                HandoverRequest.of(
                    name(mountpoint), settings.maxRead(), settings.readahead(), source));
  }

  private int ask(HandoverRequest request) throws MountException {
    try {
      return DescriptorRequest.send(socket, request.text(), this::requireFuse, PLUGIN, ANSWER);
    } catch (IOException e) {
      throw new MountException("the node plugin gave no mount: " + FileFailure.describe(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while the node plugin was waited for", e);
    }
  }

  private void requireFuse(int descriptor) throws IOException {
    // A number of the device, as the place of the file may be one of another container.
    long device = (long) Files.getAttribute(Path.of("/proc/self/fd/" + descriptor), "unix:rdev");
    if (device != DEVICE_NUMBER) {
      throw new IOException("what came from " + socket + " is not /dev/fuse");
    }
  }
}
