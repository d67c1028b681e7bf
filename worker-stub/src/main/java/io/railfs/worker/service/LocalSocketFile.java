// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.railfs.base.FileFailure;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.local.SharedFile;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of the worker's Unix socket: whether its place is safe, what is there, its mode. */
final class LocalSocketFile {
  private static final Logger log = LoggerFactory.getLogger(LocalSocketFile.class);

  /** What a struct sockaddr_un holds, without the NUL. */
  private static final int MAX_PATH = 107;

  private static final int WRITABLE_BY_OTHERS = 022;
  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;

  private LocalSocketFile() {}

  /**
   * Makes the directory where it is missing, and takes away what a worker that died has left.
   *
   * @throws FabricException with one sentence where the place is not safe or not free
   */
  static void prepare(Path socket) throws FabricException {
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
      throw new FabricException(
          "the path of the Unix socket "
              + socket
              + " has more than "
              + MAX_PATH
              + " bytes; name a shorter one in railfs.worker.local.socket");
    }
    Path directory = socket.getParent();
    try {
      if (!Files.exists(directory)) {
        Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      }
      checkDirectory(socket, directory);
      if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
        removeLeftOver(socket);
      }
    } catch (IOException e) {
      throw new FabricException(
          "the Unix socket "
              + socket
              + " cannot be made ("
              + FileFailure.describe(e)
              + "); name another in railfs.worker.local.socket",
          e);
    }
  }

  private static void checkDirectory(Path socket, Path directory)
      throws IOException, FabricException {
    int owner = (int) Files.getAttribute(directory, "unix:uid");
    int mode = (int) Files.getAttribute(directory, "unix:mode");
    if (owner != 0 && owner != SharedFile.ownUser()) {
      throw new FabricException(
          "the directory %s of the Unix socket belongs to user %d, who could put another socket there; let root or the worker's user own it, or name another place in railfs.worker.local.socket"
              .formatted(directory, owner));
    }
    if ((mode & WRITABLE_BY_OTHERS) != 0) {
      throw new FabricException(
          "the directory %s of the Unix socket can be written by other users, who could put another socket there; chmod go-w %s, or name another place in railfs.worker.local.socket"
              .formatted(directory, directory));
    }
    log.debug("{} is a safe place", socket);
  }

  private static void removeLeftOver(Path socket) throws IOException, FabricException {
    int mode = (int) Files.getAttribute(socket, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & TYPE) != SOCKET) {
      throw new FabricException(
          socket + " is no socket; remove it or name another place in railfs.worker.local.socket");
    }
    if (isServed(socket)) {
      throw new FabricException(
          "another process serves "
              + socket
              + "; stop that worker or name another place in railfs.worker.local.socket");
    }
    Files.deleteIfExists(socket);
  }

  private static boolean isServed(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Who may connect; who may read is asked of the kernel for each connection. */
  static void setMode(Path socket, boolean everybody) throws FabricException {
    try {
      Files.setPosixFilePermissions(
          socket, PosixFilePermissions.fromString(everybody ? "rw-rw-rw-" : "rw-------"));
    } catch (IOException e) {
      throw new FabricException(
          "the mode of " + socket + " cannot be set: " + FileFailure.describe(e), e);
    }
  }

  static void remove(Path socket) {
    try {
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      log.debug("{} stays; the next worker there takes it away", socket, e);
    }
  }
}
