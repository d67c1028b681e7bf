// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HandoverRequestTest {
  private static final HandoverRequest REQUEST =
      new HandoverRequest("data", 1 << 20, 512 << 10, "railfs:10.0.0.1:29999+10.0.0.2:29999");

  @Test
  void whatIsWrittenIsRead() {
    assertThat(REQUEST.text())
        .isEqualTo(
            """
            railfs-mount 1
            name data
            max-read 1048576
            readahead 524288
            source railfs:10.0.0.1:29999+10.0.0.2:29999

            """);
    assertThat(HandoverRequest.parse(REQUEST.text())).isEqualTo(REQUEST);
    assertThat(HandoverRequest.isWhole(REQUEST.text())).isTrue();
    assertThat(REQUEST.text().length()).isLessThan(HandoverRequest.MAX_BYTES);
  }

  @Test
  void aLongOrOddSourceIsCutAndPrintable() {
    HandoverRequest odd = HandoverRequest.of("data", 4096, 0, "a b\nc\u00e4" + "x".repeat(300));
    assertThat(odd.source()).startsWith("a?b?c?x").hasSize(255);
    assertThat(HandoverRequest.parse(odd.text())).isEqualTo(odd);
    assertThat(HandoverRequest.of("data", 4096, 0, "").source()).isEqualTo("railfs");
  }

  @ParameterizedTest
  @CsvSource({
    "railfs-mount 1,    railfs-mount 2,      no request for a mount",
    "name data,         name ../data,        is no name of a mount",
    "name data,         name a/b,            is no name of a mount",
    "name data,         naem data,           line 2 of the request is not known",
    "name data,         max-read 4096,       line 3 of the request is not known",
    "max-read 1048576,  max-read 2048,       the largest read is 2048 bytes",
    "max-read 1048576,  max-read 2097152,    the largest read is 2097152 bytes",
    "max-read 1048576,  max-read ten,        the largest read is -1 bytes",
    "readahead 524288,  readahead 999999999, the readahead is 999999999 bytes",
    "source railfs:,    source a b,          printable characters"
  })
  void anythingElseIsRefusedWithASentence(String part, String other, String sentence) {
    String text = REQUEST.text().replace(part, other);
    assertThat(text).isNotEqualTo(REQUEST.text());
    assertThatThrownBy(() -> HandoverRequest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void aPartIsNoRequest() {
    for (int length = 0; length < REQUEST.text().length(); length++) {
      String part = REQUEST.text().substring(0, length);
      assertThat(HandoverRequest.isWhole(part)).isFalse();
      assertThatThrownBy(() -> HandoverRequest.parse(part))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
