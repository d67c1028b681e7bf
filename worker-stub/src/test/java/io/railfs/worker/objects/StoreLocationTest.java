// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.opendal.OpenDAL;
import org.junit.jupiter.api.Test;

final class StoreLocationTest {
  private static Map<String, String> options(String uri) {
    return StoreLocation.of(uri, Map.of()).options();
  }

  @Test
  void theUriNamesBucketAndRootAsEachServiceCallsThem() {
    assertThat(options("s3://b/p/q/"))
        .containsOnly(Map.entry("bucket", "b"), Map.entry("root", "/p/q/"));
    assertThat(options("gs://b")).containsOnly(Map.entry("bucket", "b"), Map.entry("root", "/"));
    assertThat(options("azblob://c/p"))
        .containsEntry("container", "c")
        .containsEntry("root", "/p/");
    assertThat(options("oss://b/p")).containsEntry("bucket", "b");
    assertThat(options("https://host:1/p")).containsEntry("endpoint", "https://host:1");
    assertThat(options("webhdfs://node:9870/d")).containsEntry("endpoint", "http://node:9870");
    assertThat(StoreLocation.of("s3a://b", Map.of("region", "r")).options())
        .containsEntry("region", "r");
  }

  @Test
  void everySchemeIsAServiceOfTheNativeLibraryWithThatOption() {
    for (String scheme : StoreLocation.schemes()) {
      String service = scheme.equals("https") ? "http" : scheme;
      assertThat(OpenDAL.enabledServices()).contains(service);
      assertThat(StoreLocation.of(scheme + "://somewhere/p", Map.of()).scheme()).isEqualTo(service);
    }
  }

  @Test
  void whatCannotBeUsedIsRefusedInAPhrase() {
    assertThatThrownBy(() -> options("ftp://x")).hasMessageContaining("schemes are file, alluxio");
    assertThatThrownBy(() -> options("s3:///p")).hasMessageContaining("bucket is missing");
    assertThatThrownBy(() -> options("s3://key:pw@b/p"))
        .hasMessageContaining("no user, password")
        .hasMessageNotContaining("pw@");
    assertThatThrownBy(() -> StoreLocation.of("s3://b", Map.of("acces_key_id", "very-secret")))
        .hasMessageContaining("no option 'acces_key_id'")
        .hasMessageContaining("access_key_id")
        .hasMessageNotContaining("very-secret");
  }
}
