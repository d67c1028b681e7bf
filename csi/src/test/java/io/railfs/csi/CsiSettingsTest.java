// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CsiSettingsTest {
  private static Config config(String settings) {
    return ConfigFactory.parseString(settings)
        .withFallback(ConfigFactory.parseResources("reference.conf"))
        .resolve();
  }

  @Test
  void theSocketsAreWhereKubeletLooks() {
    CsiSettings settings = CsiSettings.of(config("railfs.csi.kubelet-directory = /k"));
    assertThat(settings.socket()).isEqualTo(Path.of("/k/plugins/csi.railfs.io/csi.sock"));
    assertThat(settings.registration())
        .isEqualTo(Path.of("/k/plugins_registry/csi.railfs.io-reg.sock"));
    assertThat(settings.services()).containsExactly(CsiService.NODE);
    assertThat(settings.node()).isNotEmpty();
  }

  @Test
  void nothingIsHandedOverUnlessMountsAreNamed() {
    assertThat(CsiSettings.of(config("")).handover().mounts()).isEmpty();
    CsiSettings.Handover handover =
        CsiSettings.of(config("railfs.csi.handover { mounts = [a, b, a], user = 7 }")).handover();
    assertThat(handover.mounts()).containsExactlyInAnyOrder("a", "b");
    assertThat(handover.socket()).isEqualTo(Path.of("/var/lib/railfs/handover/fuse.sock"));
    assertThat(handover.user()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "driver = CSI.railfs.io",
        "driver = -a",
        "services = []",
        "services = [nodes]",
        "kubelet-directory = var/lib",
        "mounts-directory = /a/../b",
        "state-directory = ''",
        "socket = csi.sock",
        "call-timeout = 9s",
        "call-timeout = 50ms",
        "handover.mounts = [../data]",
        "handover.socket = fuse.sock",
        "handover.user = -1"
      })
  void whatCannotBeIsRefusedByItsKey(String setting) {
    String quoted = setting.replace("''", "\"\"");
    assertThatThrownBy(() -> CsiSettings.of(config("railfs.csi." + quoted)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("railfs.csi." + setting.substring(0, setting.indexOf(' ')));
  }
}
