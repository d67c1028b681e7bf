// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MembershipSettingsTest {
  @Test
  void staticIsTheDefaultAndNeedsNothing() {
    assertThat(of("").type()).isEqualTo(MembershipSettings.Type.STATIC);
  }

  @Test
  void endpointsMayComeWithoutSchemeAndWithoutBrackets() {
    MembershipSettings settings = of("type = etcd, etcd.endpoints = \"node1:2379\"");
    assertThat(settings.endpoints()).containsExactly(URI.create("http://node1:2379"));
    assertThat(settings.workersPrefix()).isEqualTo("/railfs/workers/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "type = gossip",
        "type = etcd",
        "type = etcd, etcd.endpoints = [\"node1\"]",
        "type = etcd, etcd.endpoints = [\"https://node1\"]",
        "type = etcd, etcd.endpoints = [\"https://user:word@node1:2379\"]",
        "type = etcd, etcd.endpoints = [\"ftp://node1:2379\"]",
        "type = etcd, etcd.endpoints = [\"https://node1:2379\", \"node2:2379\"]",
        "type = etcd, etcd { endpoints = [\"http://node1:2379\"], tls.ca = /ca }",
        "type = etcd, etcd { endpoints = [\"https://node1:2379\"], tls.ca = ca }",
        "type = etcd, etcd { endpoints = [\"https://node1:2379\"], tls.certificate = /c }",
        "type = etcd, etcd { endpoints = [\"https://node1:2379\"], tls.key = /k }",
        "type = etcd, etcd { endpoints = [\"https://node1:2379\"], user = me }",
        "type = etcd, etcd { endpoints = [\"https://node1:2379\"], password-file = /p }",
        "etcd.prefix = railfs",
        "etcd.lease = 1s",
        "etcd.timeout = 1ms"
      })
  void whatIsNotAllowedIsNamed(String settings) {
    assertThatThrownBy(() -> of(settings))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining("railfs.membership.");
  }

  private static MembershipSettings of(String settings) {
    return MembershipSettings.of(
        ConfigFactory.parseString("railfs.membership { " + settings + " }")
            .withFallback(ConfigFactory.load()));
  }
}
