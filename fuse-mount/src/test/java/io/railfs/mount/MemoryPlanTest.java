// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryPlanTest {
  private static Config with(String settings) {
    return ConfigFactory.parseString(settings).withFallback(ConfigFactory.load());
  }

  @ParameterizedTest
  @ValueSource(longs = {420, 512, 1024, 4096, 65536, 1 << 20})
  void thePartsLeaveRoomForTheJvmItself(long mebibytes) {
    long limit = mebibytes << 20;
    MemoryPlan plan = MemoryPlan.of(limit, 32, 0);
    assertThat(plan.heap() + plan.network() + plan.names() + plan.slab())
        .isLessThanOrEqualTo(limit - (128L << 20));
    assertThat(plan.slab()).isGreaterThan(limit / 8);
    assertThat(plan.jvmFlags()).contains("-Xmx" + (plan.heap() >> 20) + "m");
  }

  @Test
  void theLeastLimitLeavesSomethingForEachPart() {
    for (int threads : new int[] {1, 4, 32, 256}) {
      MemoryPlan plan = MemoryPlan.of(MemoryPlan.minLimit(threads), threads, 0);
      assertThat(plan.slab()).isGreaterThanOrEqualTo(MemoryPlan.heldPages(threads) * (128L << 10));
      assertThat(plan.names()).isGreaterThanOrEqualTo(8L << 20);
    }
  }

  @Test
  void aLimitTooSmallToWorkWithIsRefusedWithTheLeastOne() {
    assertThatThrownBy(() -> MountSettings.of(with("railfs.mount.memory-limit = 100MiB")))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining("memory-limit")
        .hasMessageContaining("at least " + (MemoryPlan.minLimit(32) >> 20) + " MiB");
  }

  @Test
  void registeredMemoryIsPartOfTheLimit() {
    long rdma = 64L << 20;
    MemoryPlan with = MemoryPlan.of((1L << 30) + rdma, 8, rdma);
    MemoryPlan without = MemoryPlan.of(1L << 30, 8, 0);
    assertThat(with.slab()).isEqualTo(without.slab());
    assertThat(with.heap()).isEqualTo(without.heap());
    MountSettings settings =
        MountSettings.of(
            with("railfs.client.data { transport = [rdma, tcp], rdma.memory = 96MiB }"));
    assertThat(settings.rdmaMemory()).isEqualTo(96L << 20);
  }

  @Test
  void theDefaultsAreValid() {
    MountSettings settings = MountSettings.of(ConfigFactory.load());
    assertThat(settings.memoryLimit()).isEqualTo(4L << 30);
    assertThat(settings.fuseOptions("a,b")).contains("ro", "default_permissions", "fsname=a;b");
    assertThat(settings.fuseConfig("a").timeouts().attributes()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void badValuesNameTheirKey() {
    assertThatThrownBy(() -> MountSettings.of(with("railfs.mount.threads = 0")))
        .hasMessageContaining("railfs.mount.threads");
    assertThatThrownBy(() -> MountSettings.of(with("railfs.mount.attribute-timeout = -1s")))
        .hasMessageContaining("railfs.mount.attribute-timeout");
    assertThatThrownBy(() -> MountSettings.of(with("railfs.mount.max-read = 2MiB")))
        .hasMessageContaining("max-read");
  }
}
