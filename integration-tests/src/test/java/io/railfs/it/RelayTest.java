// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.NetUtil;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/**
 * A program that does not know the secret stands at an address to which a mount was led, and passes
 * everything on to a real worker.
 */
final class RelayTest {
  private static final String RELAY = "127.0.0.2";
  private static final String SECRET = "the-secret-of-this-cluster\n";

  @Test
  void whatIsPassedOnIsTakenByNeitherSideAndBothSayWhy() throws Exception {
    try (MountEnvironment playground = MountEnvironment.create();
        SlowWire relay =
            new SlowWire(
                new ServerSocket(
                    playground.rpcPort, 50, NetUtil.createInetAddressFromIpAddressString(RELAY)),
                playground.rpcPort)) {
      Files.writeString(playground.dataset.resolve("f"), "right");
      Path secret = Files.writeString(playground.dataset.resolveSibling("secret"), SECRET);
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
      String trust = "railfs.security.secret-file = \"" + secret + "\"\n";
      playground.writeConf(trust, trust);
      playground.startWorker();
      String led = "railfs.workers=[\"" + RELAY + ":" + playground.rpcPort + "\"]";

      Shell.Result mount = playground.railfs("mount", "-D", led, playground.mountpoint);

      assertThat(mount.exit()).as(mount.out()).isNotZero();
      String why = "has connected to " + RELAY + ":" + relay.port();
      assertThat(mount.err()).contains(why);
      assertThat(playground.workerLog()).contains(why, "did not prove");
      playground.mount();
      assertThat(Files.readString(playground.mountpoint.resolve("f"), UTF_8)).isEqualTo("right");
    }
  }
}
