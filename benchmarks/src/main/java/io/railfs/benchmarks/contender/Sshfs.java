// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** sshfs on an sshd of its own, with keys made for it. */
final class Sshfs extends Mounted {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Daemon server;
  private Path directory;
  private int port;

  Sshfs(Site site) {
    super(site, "sshfs");
  }

  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  void startServers() throws BenchException, InterruptedException {
    if (server != null && server.isAlive()) {
      return;
    }
    directory = site.emptyDirectory("sshfs");
    for (String key : List.of("host", "user")) {
      Command.run(
          LIMIT,
          List.of(
              "ssh-keygen",
              "-q",
              "-t",
              "ed25519",
              "-N",
              "",
              "-f",
              directory.resolve(key).toString()));
    }
    try {
      Files.copy(directory.resolve("user.pub"), directory.resolve("authorized"));
      // Where sshd separates privileges; its own service would make it.
      Files.createDirectories(Path.of("/run/sshd"));
    } catch (IOException e) {
      throw new BenchException("the keys of sshd cannot be made: " + e.getMessage(), e);
    }
    port = Site.freePort();
    Path conf =
        Site.write(
            directory.resolve("sshd.conf"),
            """
            ListenAddress 127.0.0.1:%d
            HostKey %s/host
            AuthorizedKeysFile %s/authorized
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            Ciphers aes128-gcm@openssh.com
            Subsystem sftp internal-sftp
            """
                .formatted(port, directory, directory));
    server =
        Daemon.start(
            "sshd",
            site.log("sshd"),
            Map.of(),
            List.of("/usr/sbin/sshd", "-D", "-e", "-f", conf.toString()));
    server.await(LIMIT, "its port", () -> Site.listens(port));
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException {
    return Daemon.start(
        name(),
        site.log(name()),
        Map.of(),
        List.of(
            "sshfs",
            "-f",
            "-p",
            Integer.toString(port),
            "-F",
            "/dev/null",
            "-o",
            "IdentityFile=" + directory.resolve("user"),
            "-o",
            "Ciphers=aes128-gcm@openssh.com,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null",
            "-o",
            "ro,kernel_cache",
            "root@127.0.0.1:" + site.dataset().root(),
            at.path().toString()));
  }

  @Override
  double serverSeconds() {
    return server == null ? 0 : server.processorSeconds();
  }

  @Override
  void stopServers() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  public String setUp() {
    return "one sshd on loopback TCP, aes128-gcm, kernel_cache";
  }
}
