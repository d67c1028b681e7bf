// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.list;
import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.worker.ufs.Ufs;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reads and listings alike go through the proxy that the environment names. */
final class ProxyRouteTest {
  private static String to(String address, String... variables) throws ObjectException {
    Map<String, String> environment =
        variables.length == 2
            ? Map.of(variables[0], variables[1])
            : Map.of(variables[0], variables[1], variables[2], variables[3]);
    return ProxyRoute.to(URI.create(address), environment)
        .map(ProxyRoute::toString)
        .orElse("direct");
  }

  @Test
  void theSchemeOfTheStoreSaysWhichVariableCounts() throws Exception {
    assertThat(to("http://store", "HTTP_PROXY", "http://p:3128")).isEqualTo("p:3128");
    assertThat(to("https://store", "HTTP_PROXY", "http://p:3128")).isEqualTo("direct");
    assertThat(to("https://store", "https_proxy", "p:3128")).isEqualTo("p:3128");
    assertThat(to("https://store", "ALL_PROXY", "https://p")).isEqualTo("p:443");
    assertThat(to("http://store", "HTTP_PROXY", "http://user:secret@p:1"))
        .isEqualTo("p:1")
        .doesNotContain("secret");
    assertThatThrownBy(() -> to("http://store", "HTTP_PROXY", "http://us er:secret@"))
        .isInstanceOf(ObjectException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void whatIsExceptedIsReachedDirectly() throws Exception {
    for (String[] each :
        new String[][] {
          {"http://store.example", "*", "direct"},
          {"http://store.example", "example", "direct"},
          {"http://store.example", ".example", "direct"},
          {"http://store.example", "other, store.example", "direct"},
          {"http://store.example:9000", "store.example:9000", "direct"},
          {"http://store.example:9000", "store.example:9001", "p:1"},
          {"http://mystore.example", "store.example", "p:1"},
          {"http://10.1.2.3:9000", "10.0.0.0/8", "direct"},
          {"http://11.1.2.3:9000", "10.0.0.0/8", "p:1"},
          {"http://10.1.2.3:9000", "nonsense/8", "p:1"}
        }) {
      assertThat(to(each[0], "http_proxy", "http://p:1", "NO_PROXY", each[1]))
          .as("%s but for %s", each[0], each[1])
          .isEqualTo(each[2]);
    }
  }

  @Test
  void aStoreBehindAProxyIsStattedListedAndRead() throws Exception {
    try (KeyServer proxy = KeyServer.start()) {
      proxy.put("d/f", random(1_000));
      StoreLocation location = proxy.location(Map.of("endpoint", "http://store.invalid"));
      Map<String, String> environment =
          Map.of("HTTP_PROXY", "http://user:pa%3Ass@127.0.0.1:" + proxy.port());
      S3Store store = new S3Store(location, KeyServer.LIMITS, 20_000, environment);
      try (Ufs ufs = ObjectUfs.open(location, 20_000, store, KeyServer.health())) {
        assertThat(list(ufs, "/d")).hasSize(1);
        ByteBuffer target = ByteBuffer.allocate(1_000);
        ufs.read(path("/d/f"), ufs.stat(path("/d/f")).version(), 0, target);
        assertThat(target.array()).isEqualTo(random(1_000));
        assertThat(proxy.hosts).isNotEmpty().containsOnly("store.invalid");
        String login = Base64.getEncoder().encodeToString("user:pa:ss".getBytes(UTF_8));
        assertThat(proxy.headers)
            .isNotEmpty()
            .allSatisfy(
                each -> assertThat(each).containsEntry("proxy-authorization", "Basic " + login));
      }
    }
  }
}
