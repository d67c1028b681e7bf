// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ProcessRole;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MountOptionsTest {
  private static List<String> overrides(String... options) throws Exception {
    return MountOptions.overrides(List.of(options));
  }

  @Test
  void optionsBecomeSettings() throws Exception {
    assertThat(overrides("rw,allow_other", "attr_timeout=1.5,entry_timeout=0,negative_timeout=60"))
        .containsExactly(
            "railfs.mount.read-only-flag=false",
            "railfs.mount.allow-other=true",
            "railfs.mount.attribute-timeout=1500ms",
            "railfs.mount.entry-timeout=0ms",
            "railfs.mount.negative-timeout=60000ms");
  }

  @Test
  void everySettingOfAnOptionExists() throws Exception {
    List<String> overrides =
        overrides(
            "ro,allow_other,nonempty,attr_timeout=1,entry_timeout=1,negative_timeout=1,max_read=65536");

    Conf conf = Conf.load(ProcessRole.MOUNT, Optional.empty(), overrides);

    assertThat(conf.config().getBoolean("railfs.mount.nonempty")).isTrue();
    assertThat(conf.config().getBytes("railfs.mount.max-read")).isEqualTo(65536);
    assertThat(conf.config().getDuration("railfs.mount.attribute-timeout")).hasSeconds(1);
  }

  @Test
  void optionsForFstabHaveNoEffect() throws Exception {
    assertThat(overrides("_netdev,nofail,noauto,user,defaults,x-systemd.automount,comment=a"))
        .isEmpty();
  }

  @Test
  void anUnknownOptionIsRefusedByName() {
    assertThatThrownBy(() -> overrides("ro,alow_other"))
        .hasMessageStartingWith("mount option 'alow_other' is not known");
  }

  @Test
  void aBadValueIsRefused() {
    assertThatThrownBy(() -> overrides("attr_timeout=soon")).hasMessageContaining("seconds");
    assertThatThrownBy(() -> overrides("attr_timeout=-1")).hasMessageContaining("negative");
    assertThatThrownBy(() -> overrides("max_read=1MiB")).hasMessageContaining("number of bytes");
    assertThatThrownBy(() -> overrides("ro=1")).hasMessageContaining("takes no value");
  }
}
