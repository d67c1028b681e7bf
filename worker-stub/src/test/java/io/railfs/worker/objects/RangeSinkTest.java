// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.FileVersion;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

final class RangeSinkTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=0-9/100",
        "bytes 10-19/100",
        "?/100",
        "bytes 0-9.......................................................................9/100"
      })
  void anotherRangeThanTheOneThatWasAskedForIsToldInASentence(String range) {
    RangeSink sink = new RangeSink(new FileVersion(100, 1, "e"), 0, ByteBuffer.allocate(10));
    CompletableFuture<Boolean> end = sink.prepare();
    sink.onResponse(GetObjectResponse.builder().contentRange(range).build());
    assertThatThrownBy(() -> end.get(1, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(S3Errors.UnfitAnswer.class)
        .rootCause()
        .hasMessageStartingWith("it gives the range '")
        .hasMessageEndingWith("' for 'bytes 0-9/100'");
  }
}
