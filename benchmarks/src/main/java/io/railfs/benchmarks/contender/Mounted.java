// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A contender with a client process that mounts, and servers behind it that may be none. */
abstract class Mounted implements Contender {
  private static final Duration MOUNT_LIMIT = Duration.ofSeconds(60);

  final Site site;
  private final String name;
  private MountPoint mountPoint;
  private Daemon client;
  private double endedSeconds;

  Mounted(Site site, String name) {
    this.site = site;
    this.name = name;
  }

  /** Starts the servers that are not running yet. */
  void startServers() throws BenchException, InterruptedException {}

  /** Starts a process that mounts and stays in the foreground. */
  abstract Daemon startClient(MountPoint at) throws BenchException, InterruptedException;

  /** What the servers have used. */
  double serverSeconds() {
    return 0;
  }

  void stopServers() {}

  /** What there is to do when it is mounted. */
  void mounted(MountPoint at) throws BenchException, InterruptedException {}

  /** Where the dataset is below the mountpoint. */
  Path below(Path mount) {
    return mount;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final void start() throws BenchException, InterruptedException {
    if (client != null && client.isAlive()) {
      return;
    }
    startServers();
    mount();
  }

  private void mount() throws BenchException, InterruptedException {
    if (mountPoint == null) {
      mountPoint = site.mountPoint(name);
    }
    mountPoint.unmount();
    client = startClient(mountPoint);
    Path file = below(mountPoint.path()).resolve(Dataset.fileName(0));
    client.await(
        MOUNT_LIMIT, "its mount", () -> mountPoint.isMounted() && Files.isRegularFile(file));
    mounted(mountPoint);
  }

  private void unmount() throws BenchException, InterruptedException {
    if (mountPoint != null) {
      mountPoint.unmount();
    }
    if (client != null) {
      endedSeconds += client.processorSeconds();
      client.close();
      client = null;
    }
  }

  @Override
  public final boolean remount() throws BenchException, InterruptedException {
    unmount();
    mount();
    return true;
  }

  @Override
  public final Path root() {
    return below(mountPoint.path());
  }

  final Path mountpoint() {
    return mountPoint.path();
  }

  @Override
  public final double processorSeconds() {
    return endedSeconds + (client == null ? 0 : client.processorSeconds()) + serverSeconds();
  }

  @Override
  public final void close() {
    try {
      unmount();
    } catch (BenchException e) {
      System.err.println("bench: " + name + " could not be unmounted: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopServers();
    }
  }
}
