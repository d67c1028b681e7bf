// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReferenceTest {
  @TempDir private Path directory;

  private Reference reference(String module, String content) throws IOException {
    Path classes = Files.createDirectories(directory.resolve(module + "/target/classes"));
    URL url = Files.writeString(classes.resolve("reference.conf"), content).toUri().toURL();
    return Reference.of(List.of(url));
  }

  @Test
  void aKeyHasItsCommentTypeDefaultModuleAndOrder() throws Exception {
    Reference reference =
        reference(
            "fuse-mount",
            """
            railfs.mount {
              # How much. Bytes.
              limit = 4MiB

              # How long.
              wait = 1s
            }
            """);

    assertThat(reference.keys().keySet())
        .containsExactly("railfs.mount.limit", "railfs.mount.wait");
    ReferenceKey limit = reference.keys().get("railfs.mount.limit");
    assertThat(limit.comments()).containsExactly("How much. Bytes.");
    assertThat(limit.type()).isEqualTo(ValueType.SIZE);
    assertThat(limit.defaultText()).isEqualTo("4MiB");
    assertThat(limit.module()).isEqualTo("fuse-mount");
    assertThat(reference.keys().get("railfs.mount.wait").type()).isEqualTo(ValueType.DURATION);
  }

  @Test
  void aSectionMarkedAsFreeFormTakesAnyKeys() throws Exception {
    Reference reference =
        reference(
            "worker-stub",
            """
            railfs.worker {
              # What the UFS wants.
              # @free-form
              ufs-options { timeout = 3 }
              # One more.
              empty {}
            }
            """);
    KeyCheck check = new KeyCheck(reference);

    assertThatCode(
            () ->
                check.check(
                    ConfigFactory.parseString("railfs.worker { ufs-options.a.b = 1, empty.c = [] }")
                        .root()))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> check.check(ConfigFactory.parseString("railfs.worker.ufs-options = 1").root()))
        .hasMessageContaining("expected a section");
  }

  @Test
  void aValueThatLooksLikeTextButIsATypeIsAcceptedInItsOtherSpellings() throws Exception {
    Reference reference = reference("cli", "railfs { size = 4MiB, wait = 2s, flag = true, n = 1 }");
    KeyCheck check = new KeyCheck(reference);

    assertThatCode(
            () ->
                check.check(
                    ConfigFactory.parseString(
                            "railfs { size = 1048576B, wait = 5 minutes, flag = \"false\", n = \"7\" }")
                        .root()))
        .doesNotThrowAnyException();
  }

  @Test
  void theNearestKeyIsTheOneWithTheFewestEdits() {
    assertThat(DidYouMean.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(DidYouMean.distance("", "abc")).isEqualTo(3);
    assertThat(DidYouMean.of("memory-limt", List.of("threads", "memory-limit")))
        .contains("memory-limit");
    assertThat(DidYouMean.of("x", List.of())).isEmpty();
  }
}
