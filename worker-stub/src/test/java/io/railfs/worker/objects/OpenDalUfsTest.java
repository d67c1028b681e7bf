// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.worker.ufs.Ufs;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The contract through OpenDAL, which the other stores are reached with, on the same server. */
final class OpenDalUfsTest extends S3ServerContract {
  @Override
  Ufs open(StoreLocation location) throws Exception {
    return ObjectUfs.open(
        location, 20_000, new OpenDalStore(location, KeyServer.LIMITS), KeyServer.health());
  }

  @Test
  void namesThatEndInWhiteSpaceAreNotShownForOpenDalCutsThemOff() throws Exception {
    try (ObjectStore s3 = new OpenDalStore(server.location("/", Map.of()), KeyServer.LIMITS)) {
      assertThat(s3.takes("end ")).isFalse();
      assertThat(s3.takes("an end")).isTrue();
    }
    putFile("/d/f", random(1));
    assertThat(list(ufs(), "/d")).containsOnlyKeys(ByteString.copyFromUtf8("f"));
  }
}
