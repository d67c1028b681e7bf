// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.client.TransportKind;
import io.railfs.client.TransportSettings;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.rdma.RdmaPath;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RdmaSideTest {
  @Test
  void memoryThatIsTooLittleForSoManyDevicesIsRefused() {
    TransportSettings settings =
        new TransportSettings(List.of(TransportKind.RDMA), false, 16, 32L << 20, RdmaPath.plain());
    assertThatThrownBy(() -> RdmaSide.open(settings, 9))
        .isInstanceOf(FabricException.class)
        .hasMessage(
            "railfs.client.data.rdma.memory is divided among the 9 devices of"
                + " railfs.client.data.bind.device, and each needs 4 MiB; set it to 36MiB at least");
  }
}
