// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

final class PrintableTest {
  @Test
  void ordinaryTextOfAnyScriptStays() {
    for (String text : new String[] {"", "/a b/c", "/tränen/数据/данные/\ud83d\ude80", "a\\nb"}) {
      assertThat(Printable.text(text)).isSameAs(text);
    }
  }

  @Test
  void whatEndsALineOrMovesACursorIsWrittenOut() {
    assertThat(Printable.text("a\nb\r\tc")).isEqualTo("a\\nb\\r\\tc");
    assertThat(Printable.text("\u001b[2K\u0007\u009b1A\u007f"))
        .isEqualTo("\\u001b[2K\\u0007\\u009b1A\\u007f");
    assertThat(Printable.text("\u0085\u2028\u2029\u202e\u2066"))
        .isEqualTo("\\u0085\\u2028\\u2029\\u202e\\u2066");
  }

  @Test
  void pathsAreShownSoAndKeepTheirBytes() throws Exception {
    RailPath path = RailPath.of("/a\n2026-01-01 ERROR all is lost\u001b[31m");
    assertThat(path.toString()).isEqualTo("/a\\n2026-01-01 ERROR all is lost\\u001b[31m");
    assertThat(path.utf8()).isEqualTo("/a\n2026-01-01 ERROR all is lost\u001b[31m");
    assertThat(RailPath.of(path.toByteString())).isEqualTo(path);
    assertThat(path.toByteString())
        .isEqualTo(ByteString.copyFromUtf8("/a\n2026-01-01 ERROR all is lost\u001b[31m"));
  }
}
