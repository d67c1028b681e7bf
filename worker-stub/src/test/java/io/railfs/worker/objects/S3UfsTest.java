// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The contract through the SDK, and what is S3's own. */
final class S3UfsTest extends S3ServerContract {
  @Override
  Ufs open(StoreLocation location) throws Exception {
    return ObjectUfs.open(location, KeyServer.LIMITS, 20_000, KeyServer.health());
  }

  @Test
  void namesThatNeedEncodingAreListedStattedAndRead() throws Exception {
    List<String> names =
        List.of("%41#?&", " lead", "a b+c=d", "\u00e9", "~", "-n", "two\nlines", "50%");
    for (String name : names) {
      putFile("/d/" + name, random(3));
    }
    assertThat(list(ufs(), "/d").keySet().stream().map(name -> name.toStringUtf8()))
        .containsExactlyInAnyOrderElementsOf(names);
    for (String name : names) {
      assertThat(ufs().stat(path("/d/" + name)).size()).as(name).isEqualTo(3);
    }
  }

  @Test
  void theSdkListsAsOpenDalDoes() throws Exception {
    for (int i = 0; i < 30; i++) {
      putFile("/d/f" + i, random(i + 1));
    }
    putFile("/d/sub/x", random(1));
    StoreLocation location = server.location(prefix, Map.of());
    try (ObjectStore sdk = new S3Store(location, KeyServer.LIMITS, 20_000, Map.of());
        ObjectStore openDal = new OpenDalStore(location, KeyServer.LIMITS)) {
      assertThat(sdk.list("d/").next(Deadline.in(10_000)).stream().map(RawEntry::name).toList())
          .containsExactlyElementsOf(
              openDal.list("d/").next(Deadline.in(10_000)).stream().map(RawEntry::name).toList())
          .hasSize(31);
    }
  }

  @Test
  void anObjectWithoutAnEtagHasAVersionAllTheSame() throws Exception {
    putFile("/d/f", random(1));
    Path outside = directory.resolve(S3Server.BUCKET + prefix + "/d/outside");
    Files.write(outside, random(9));
    assertThat(ufs().stat(path("/d/outside")).etag()).isEmpty();
    assertThat(list(ufs(), "/d").values()).contains(ufs().stat(path("/d/outside")));
  }

  @Test
  void wrongCredentialsStopTheStartWithoutTellingThem() {
    assertRefused(Map.of("secret_access_key", "wrong-and-secret"), ErrorCode.ACCESS_DENIED);
  }

  @Test
  void aBucketThatDoesNotExistStopsTheStart() {
    assertRefused(Map.of("bucket", "nosuchbucket"), ErrorCode.UFS_FAILED);
  }

  @Test
  void anOptionThatCannotBeReadStopsTheStart() {
    assertRefused(Map.of("enable_versioning", "perhaps"), ErrorCode.UFS_FAILED);
  }

  private void assertRefused(Map<String, String> options, ErrorCode code) {
    assertThatThrownBy(
            () ->
                ObjectUfs.open(
                        server.location(prefix, options),
                        KeyServer.LIMITS,
                        20_000,
                        KeyServer.health())
                    .close())
        .isInstanceOfSatisfying(UfsException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining("s3://dataset" + prefix)
        .hasMessageNotContainingAny("secret", "\n");
  }
}
