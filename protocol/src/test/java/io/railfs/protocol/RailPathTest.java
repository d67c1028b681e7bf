// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.railfs.protocol.messages.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RailPathTest {
  @Test
  void everyByteButSlashAndNulIsKept() throws Exception {
    for (int value = 1; value < 256; value++) {
      if (value != '/' && value != '.') {
        ByteString bytes = ByteString.copyFrom(new byte[] {'/', (byte) value});
        RailPath path = RailPath.of(bytes);
        assertThat(path.toByteString()).isEqualTo(bytes);
        assertThat(RailPath.ROOT.child(bytes.substring(1))).isEqualTo(path);
      }
    }
  }

  @Test
  void typedTextIsUtf8() throws Exception {
    RailPath path = RailPath.of("/дані/é");
    assertThat(path.toByteString()).isEqualTo(ByteString.copyFromUtf8("/дані/é"));
    assertThat(path).hasToString("/дані/é");
    assertThat(path.latin1()).hasSize(path.toByteString().size());
  }

  @ParameterizedTest
  @CsvSource({
    "'', does not start with /",
    "a/b, does not start with /",
    "//, empty component",
    "/a//b, empty component",
    "/a/, empty component",
    "/., . or .. component",
    "/.., . or .. component",
    "/a/../b, . or .. component",
    "/a/./b, . or .. component",
    "/a/.., . or .. component"
  })
  void pathThatIsNotNormalIsRefusedWithTheReason(String text, String reason) {
    assertThatThrownBy(() -> RailPath.of(text))
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining("path '" + text + "' is not valid: ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/...", "/..a", "/a..", "/.hidden", "/a b", "/\n"})
  void unusualNamesAreAllowed(String text) throws Exception {
    assertThat(RailPath.of(text)).returns(text, RailPath::utf8);
  }

  @Test
  void nulIsRefused() {
    assertThatThrownBy(() -> RailPath.of("/a\0b")).hasMessageContaining("NUL");
    assertThatThrownBy(() -> RailPath.ROOT.childOfLatin1("\0")).hasMessageContaining("NUL");
  }

  @Test
  void nameOf255BytesIsTheLongest() throws Exception {
    assertThat(RailPath.of("/" + "n".repeat(255)).nameLatin1()).hasSize(255);
    assertThatThrownBy(() -> RailPath.of("/" + "n".repeat(256)))
        .hasMessageContaining("longer than 255 bytes");
    assertThatThrownBy(() -> RailPath.of("/" + "é".repeat(128)))
        .hasMessageContaining("longer than 255 bytes");
  }

  @Test
  void pathOf4095BytesIsTheLongest() throws Exception {
    String longest = ("/" + "d".repeat(254)).repeat(16) + "/" + "f".repeat(14);
    RailPath path = RailPath.of(longest);
    assertThat(path.latin1()).hasSize(4095);
    assertThatThrownBy(() -> RailPath.of(longest + "f"))
        .hasMessage("path of 4096 bytes, the limit is 4095");
    assertThatThrownBy(() -> path.childOfLatin1("x"))
        .hasMessage("path of 4097 bytes, the limit is 4095");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "/", "a/"})
  void nameThatWouldLeaveTheDirectoryIsNoChild(String name) throws Exception {
    RailPath directory = RailPath.of("/a");
    assertThatThrownBy(() -> directory.childOfLatin1(name)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void childrenAndParentsAreInverse() throws Exception {
    RailPath file = RailPath.of("/a/b/c");
    assertThat(file.parent()).isEqualTo(RailPath.of("/a/b"));
    assertThat(file.parent().childOfLatin1("c")).isEqualTo(file).hasSameHashCodeAs(file);
    assertThat(RailPath.of("/a").parent()).isSameAs(RailPath.ROOT);
    assertThat(RailPath.ROOT.parent()).isSameAs(RailPath.ROOT);
    assertThat(file.nameLatin1()).isEqualTo("c");
    assertThat(RailPath.ROOT.nameLatin1()).isEmpty();
    assertThat(file.componentsLatin1()).containsExactly("a", "b", "c");
    assertThat(RailPath.ROOT.componentsLatin1()).isEmpty();
    assertThat(RailPath.of("/")).isSameAs(RailPath.ROOT);
  }

  @Test
  void aPathKnowsWhatItIsBelowAndWhatItIsAnEntryOf() throws ProtocolException {
    RailPath directory = RailPath.of("/a/b");
    assertThat(RailPath.of("/a/b/c").isBelow(directory)).isTrue();
    assertThat(RailPath.of("/a/b/c").isChildOf(directory)).isTrue();
    assertThat(RailPath.of("/a/b/c/d").isBelow(directory)).isTrue();
    assertThat(RailPath.of("/a/b/c/d").isChildOf(directory)).isFalse();
    for (String other : new String[] {"/a/b", "/a/bc", "/a", "/", "/a/bc/d"}) {
      assertThat(RailPath.of(other).isBelow(directory)).as(other).isFalse();
      assertThat(RailPath.of(other).isChildOf(directory)).as(other).isFalse();
    }
    assertThat(RailPath.of("/a").isChildOf(RailPath.ROOT)).isTrue();
    assertThat(directory.isChildOf(RailPath.ROOT)).isFalse();
    assertThat(directory.isBelow(RailPath.ROOT)).isTrue();
    assertThat(RailPath.ROOT.isBelow(RailPath.ROOT)).isFalse();
    assertThat(RailPath.ROOT.isChildOf(RailPath.ROOT)).isFalse();
  }
}
