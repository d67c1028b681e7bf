// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.base.FileTree;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.MountPoint;
import io.railfs.benchmarks.system.NativeTools;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where contenders live.
 *
 * @param home the RailFS directory
 * @param base directory of data, stores, mountpoints and logs
 * @param dataset what they show
 * @param tools our own C programs
 */
public record Site(Path home, Path base, Dataset dataset, NativeTools tools) {
  /** A directory of this name, made where it is missing. */
  Path directory(String name) throws BenchException {
    try {
      return Files.createDirectories(base.resolve(name));
    } catch (IOException e) {
      throw new BenchException(base.resolve(name) + " cannot be made: " + e.getMessage(), e);
    }
  }

  /** The same, empty. */
  Path emptyDirectory(String name) throws BenchException {
    try {
      FileTree.delete(base.resolve(name));
    } catch (IOException e) {
      throw new BenchException(base.resolve(name) + " cannot be emptied: " + e.getMessage(), e);
    }
    return directory(name);
  }

  MountPoint mountPoint(String name) throws BenchException {
    return MountPoint.make(base.resolve("mnt").resolve(name));
  }

  Path log(String name) {
    return base.resolve("logs").resolve(name + ".log");
  }

  /** Writes a file of a contender's settings. */
  static Path write(Path file, String text) throws BenchException {
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new BenchException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  static int freePort() throws BenchException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new BenchException("the kernel gives no free port: " + e.getMessage(), e);
    }
  }

  /** Whether something listens at a port of this machine. */
  static boolean listens(int port) {
    try (var socket = new java.net.Socket()) {
      socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return true;
    } catch (IOException e) {
      // Not yet.
      return false;
    }
  }
}
