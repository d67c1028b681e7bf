// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BindDevicesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"\"|",
        "[]|",
        "ib0|ib0",
        "\" ib0 \"|ib0",
        "\"ib0,ib1\"|ib0 ib1",
        "[ib1]|ib1",
        "[\"ib1\", \"ib0\"]|ib1 ib0"
      })
  void nameListAndNothingAreRead(String value, String names) {
    assertThat(read(value)).isEqualTo(names == null ? List.of() : List.of(names.split(" ", -1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[ib0, ib0]", "\"ib0,\"", "[\"\"]", "sixteen-letters-x", "{a = b}", "[[a]]"})
  void whatIsNoDeviceIsRefusedWithItsPath(String value) {
    assertThatThrownBy(() -> read(value)).isInstanceOf(ConfigException.class);
  }

  @Test
  void refusalNamesTheSetting() {
    assertThatThrownBy(() -> read("[ib0, ib0]"))
        .hasMessageContaining("railfs.x.device")
        .hasMessageContaining("a device is named twice in [ib0, ib0]");
  }

  private static List<String> read(String value) {
    return BindDevices.of(
        ConfigFactory.parseString("device = " + value), "device", "railfs.x.device");
  }
}
