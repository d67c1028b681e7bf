// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeviceAddressTest {
  @ParameterizedTest
  @CsvSource({"fd00:0:0:0:0:0:0:2, fd00::2", "10.0.0.1, 10.0.0.1", "fe80::1, fe80::1"})
  void addressIsWrittenAsPeopleWriteIt(String address, String text) throws UnknownHostException {
    assertThat(new DeviceAddress(InetAddress.getByName(address), 32).text()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 24, 10.0.0.254, true",
    "10.0.0.1, 24, 10.0.1.1, false",
    "10.0.0.1, 23, 10.0.1.1, true",
    "10.0.0.1, 32, 10.0.0.2, false",
    "10.0.0.1, 0, 10.0.0.2, false",
    "fd00::1, 64, fd00::2, true",
    "fd00::1, 64, fd00:0:0:1::2, false",
    "fd00::1, 64, 10.0.0.1, false"
  })
  void subnetIsTheCommonPrefix(String address, int prefix, String other, boolean same)
      throws UnknownHostException {
    DeviceAddress device = new DeviceAddress(InetAddress.getByName(address), prefix);
    assertThat(device.isInSubnet(InetAddress.getByName(other))).isEqualTo(same);
  }
}
