// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The network devices of this process's own network namespace, as the kernel reports them to it.
 * The files below /sys are of the namespace of whoever mounted it: {@code nsenter --net} and some
 * containers leave another's there.
 */
final class KernelDevices {
  private static final Path LIST = Path.of("/proc/thread-self/net/dev");
  private static final int HEADINGS = 2;
  private static final int PAUSE_MILLIS = 20;

  private KernelDevices() {}

  /** Their names, those without an address too. */
  static Set<String> names() throws FabricException {
    try (Stream<String> lines = Files.lines(LIST)) {
      return lines
          .skip(HEADINGS)
          .map(line -> line.substring(0, line.indexOf(':')).strip())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new FabricException("cannot list the network devices in " + LIST + ": " + e, e);
    }
  }

  /**
   * Whether a directory as /sys/class/net shows the devices of another namespace. Both lists change
   * where devices come and go, and not at one time, so a difference has to be seen twice.
   */
  static boolean isElsewhere(Path sysfs) throws FabricException {
    return isElsewhere(sysfs, KernelDevices::pause);
  }

  /** The same with something else in between. */
  static boolean isElsewhere(Path sysfs, Runnable pause) throws FabricException {
    if (!differs(sysfs)) {
      return false;
    }
    pause.run();
    return differs(sysfs);
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean differs(Path sysfs) throws FabricException {
    Set<String> own = names();
    Set<String> shown = new TreeSet<>();
    for (Path directory : directories(sysfs)) {
      shown.add(String.valueOf(directory.getFileName()));
    }
    return !own.equals(shown) || own.stream().anyMatch(name -> isOther(sysfs, name));
  }

  static List<Path> directories(Path sysfs) throws FabricException {
    try (Stream<Path> entries = Files.list(sysfs)) {
      // Some drivers keep plain files here (bonding_masters); a device is a directory.
      return entries.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new FabricException("cannot list the network devices in " + sysfs + ": " + e, e);
    }
  }

  /** Two of one name differ in their numbers, as a rule. */
  private static boolean isOther(Path sysfs, String name) {
    Optional<NetworkInterface> found = find(name);
    try {
      return found.isPresent()
          && found.get().getIndex()
              != Integer.parseInt(Files.readString(sysfs.resolve(name).resolve("ifindex")).strip());
    } catch (IOException | NumberFormatException e) {
      // It went away meanwhile; whoever needs it finds that out.
      return false;
    }
  }

  /** Whether it is up with a carrier; one without an address is not asked about. */
  static boolean isUp(String name) {
    try {
      Optional<NetworkInterface> found = find(name);
      return found.isEmpty() || found.get().isUp();
    } catch (SocketException e) {
      // It went away while it was looked at.
      return false;
    }
  }

  private static Optional<NetworkInterface> find(String name) {
    try {
      return Optional.ofNullable(NetworkInterface.getByName(name));
    } catch (SocketException e) {
      // As above.
      return Optional.empty();
    }
  }
}
