// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Metrics by rail, and a page and an administration that are bound to a device of their own. */
final class RailObservabilityTest {
  private static final int SIZE = 40_000_000;
  private static final String TOKEN = "a-token-of-enough-letters";
  private static final String GET =
      """
      import sys, urllib.request
      request = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
      print(urllib.request.urlopen(request, timeout=20).read().decode())
      """;

  private final RailLab lab = new RailLab();

  @AfterEach
  void close() {
    lab.close();
  }

  /** Asks from the mount's host. */
  private Shell.Result get(String url, String token) {
    return Shell.bash(
        "ip netns exec $1 python3 -c \"$2\" \"$3\" \"$4\"", lab.mountHost, GET, url, token);
  }

  private static double value(String metrics, String name, String... tags) {
    Matcher lines =
        Pattern.compile("(?m)^" + name + "_bytes_total\\{(\\S*)} (\\S+)$").matcher(metrics);
    double sum = 0;
    while (lines.find()) {
      boolean all = true;
      for (String tag : tags) {
        all &= lines.group(1).contains(tag);
      }
      sum += all ? Double.parseDouble(lines.group(2)) : 0;
    }
    return sum;
  }

  @Test
  void bytesAreToldByRailAndThePageAndTheAdministrationAreOnTheirOwnDevice() throws IOException {
    Datasets.file(lab.playground.dataset.resolve("f"), SIZE, 7);
    Path token = Files.writeString(lab.playground.logs.resolve("token"), TOKEN);
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    lab.writeConf(
        "10.91.0.1",
        "railfs.client { data.bind.device = [ib0, ib1], rpc.bind.device = ib0 }",
        """
        railfs.worker { data.bind.device = [ib0, ib1], rpc.bind.device = ib0 }
        railfs.worker.web.bind { device = eth0, host = "" }
        railfs.worker.rest { bind.device = eth0, token-file = "%s" }
        """
            .formatted(token));
    lab.start();
    assertThat(lab.sum("f")).isEqualTo(lab.expected("f"));

    String status = lab.inMount("\"$1\" status --json", RailfsProcess.PATH).out();
    String url =
        ConfigFactory.parseString(status)
            .getString("metrics." + ConfigUtil.quoteString(lab.playground.mountpoint.toString()));
    String mount = get(url, "").ok().out();
    String worker = get("http://10.93.0.1:" + lab.playground.webPort + "/metrics", "").ok().out();
    for (String rail : new String[] {"rail=\"ib0\"", "rail=\"ib1\""}) {
      assertThat(value(mount, "railfs_mount_rail", rail, "direction=\"in\""))
          .as(rail)
          .isGreaterThan(SIZE / 4.0);
      assertThat(value(worker, "railfs_worker_rail", rail, "direction=\"out\"", "service=\"data\""))
          .as(rail)
          .isGreaterThan(SIZE / 4.0);
    }
    assertThat(value(mount, "railfs_mount_rail", ",rail=\"\"")).isZero();
    assertThat(value(mount, "railfs_device", "device=\"ib0\"", "direction=\"in\""))
        .as("as the kernel counts, headers included")
        .isGreaterThan(value(mount, "railfs_mount_rail", ",rail=\"ib0\"", "direction=\"in\""));
    assertThat(worker).contains("railfs_device_usable{device=\"ib1\"} 1.0");

    String rest = ":" + lab.playground.restPort + "/v1/status";
    assertThat(get("http://10.93.0.1" + rest, TOKEN).ok().out()).contains("\"device\":\"ib0\"");
    assertThat(get("http://10.93.0.1" + rest, "wrong").err()).contains("401");
    assertThat(get("http://10.91.0.1" + rest, TOKEN).exit()).as("over ib0").isNotZero();
    assertThat(get("http://10.91.0.1:" + lab.playground.webPort + "/", "").exit()).isNotZero();
  }
}
