// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClientSettingsTest {
  @Test
  void defaultsAreThoseOfReferenceConf() {
    ClientSettings settings = ClientSettings.of(ConfigFactory.load());
    assertThat(settings.workers()).containsExactly(new Endpoint("127.0.0.1", 29999));
    assertThat(settings.readDeadline()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.attemptTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.dataConnections())
        .isEqualTo(Runtime.getRuntime().availableProcessors() > 2 ? 2 : 1);
    assertThat(settings.inFlightLimit()).isEqualTo(64L << 20);
    assertThat(settings.dataDevices()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ib-node1, ib-node1, 29999",
    "10.0.0.2:30001, 10.0.0.2, 30001",
    "[fd00::2], fd00::2, 29999",
    "[fd00::2]:7, fd00::2, 7"
  })
  void endpointsAreHostsWithOrWithoutPort(String text, String host, int port) {
    assertThat(Endpoint.parse(text, 29999)).isEqualTo(new Endpoint(host, port));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":1", "a:", "a:0", "a:65536", "a:b", "fd00::2", "[fd00::2", "[::1]x"})
  void endpointThatIsNoneIsRefusedWithItsText(String text) {
    String conf = "railfs.workers = [\"" + text + "\"]";
    assertThatThrownBy(() -> of(conf))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining("railfs.workers")
        .hasMessageContaining("'" + text + "' is no endpoint: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "railfs.workers = []",
        "railfs.client.read-deadline = 1ms",
        "railfs.client.metadata-deadline = 2d",
        "railfs.client.attempt-timeout = 0s",
        "railfs.client.connect-timeout = -1s",
        "railfs.client.threads = 0",
        "railfs.client.threads = 257",
        "railfs.client.hedge.share = 51",
        "railfs.client.data.connections = -1",
        "railfs.client.data.connections = 65",
        "railfs.client.data.in-flight-limit = 1KiB",
        "railfs.client.data.rdma.memory = 1MiB",
        "railfs.client.data.transport = []",
        "railfs.client.data.transport = [auto, tcp]",
        "railfs.client.data.transport = [tcp, tcp]",
        "railfs.client.data.local.descriptors = 15"
      })
  void valueOutOfRangeIsRefusedWithItsPath(String conf) {
    assertThatThrownBy(() -> of(conf))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining(conf.split(" ", -1)[0]);
  }

  @ParameterizedTest
  @CsvSource({
    "auto, true, true, true",
    "tcp, false, false, true",
    "local, true, false, false",
    "rdma, false, true, false",
    "'[local, tcp]', true, false, true",
    "'[rdma, tcp, local]', false, true, true",
    "'[tcp, local]', false, false, true"
  })
  void transportsAreAnOrderOfPreference(String text, boolean local, boolean rdma, boolean tcp) {
    TransportSettings transport = of("railfs.client.data.transport = " + text).transport();
    assertThat(transport.prefersLocal()).isEqualTo(local);
    assertThat(transport.prefersRdma()).isEqualTo(rdma);
    assertThat(transport.allowsTcp()).isEqualTo(tcp);
  }

  @Test
  void aTransportThatThereIsNotIsNamedInASentence() {
    assertThatThrownBy(() -> of("railfs.client.data.transport = udp"))
        .hasMessageContaining("'udp' is no transport; there are auto, tcp, local and rdma");
  }

  @Test
  void rdmaAndEncryptionExcludeEachOther() {
    String tls = "railfs.security.tls.enabled = true\n";
    assertThatThrownBy(() -> of(tls + "railfs.client.data.transport = [rdma, tcp]"))
        .isInstanceOf(ConfigException.BadValue.class)
        .hasMessageContaining("railfs.client.data.transport")
        .hasMessageContaining("rdma does not encrypt")
        .hasMessageContaining("railfs.security.tls.enabled = true asks for encryption");
    assertThat(of(tls + "railfs.client.data.transport = auto").transport().prefersRdma()).isFalse();
  }

  @Test
  void endpointPrintsAsItIsWritten() {
    assertThat(List.of(new Endpoint("a", 1), new Endpoint("::1", 2)))
        .extracting(Endpoint::toString)
        .containsExactly("a:1", "[::1]:2");
  }

  private static ClientSettings of(String conf) {
    return ClientSettings.of(ConfigFactory.parseString(conf).withFallback(ConfigFactory.load()));
  }
}
