// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.fabric.trust.SecretNames;
import io.railfs.worker.objects.StoreLocation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfSecretsTest {
  @TempDir private Path directory;

  private Conf load(String content) throws Exception {
    Path file = Files.writeString(directory.resolve("some.conf"), content);
    return Conf.load(ProcessRole.WORKER, Optional.of(file), List.of(), Optional.empty());
  }

  @Test
  void credentialsAreHiddenWhereverTheyAreAskedFor() throws Exception {
    Conf conf =
        load(
            """
            railfs.worker {
              ufs = "s3://bucket"
              ufs-options { region = here, secret_access_key = hush1, access_key_id = hush2 }
              mounts { "/a" = { ufs = "azblob://u:hush3@c", ufs-options { account_key = hush4, endpoint = there } } }
            }
            """);
    for (String key :
        List.of(
            "",
            "worker",
            "worker.ufs-options",
            "worker.ufs-options.secret_access_key",
            "worker.mounts")) {
      Optional<String> wanted = key.isEmpty() ? Optional.empty() : Optional.of(key);
      assertThat(conf.values(wanted).toString())
          .as(key)
          .contains("(hidden)")
          .doesNotContain("hush");
    }
    assertThat(conf.values(Optional.of("worker.ufs-options")).toString()).contains("here");
    assertThat(conf.values(Optional.of("worker.mounts")).toString()).contains("there", "@c");
    assertThat(conf.config().getString("railfs.worker.ufs-options.access_key_id"))
        .isEqualTo("hush2");
  }

  @Test
  void everySecretOptionOfEveryStoreIsHiddenAndEveryOtherIsShown() throws Exception {
    for (String scheme : StoreLocation.schemes()) {
      for (String option : StoreLocation.options(scheme.equals("https") ? "http" : scheme)) {
        Conf conf = load("railfs.worker.ufs-options { " + option + " = hush }");
        String shown = conf.values(Optional.of("worker.ufs-options")).toString();
        boolean secret = SecretNames.isSecret(option);
        assertThat(shown.contains("hush")).as(option).isNotEqualTo(secret);
        assertThat(shown.contains("(hidden)")).as(option).isEqualTo(secret);
      }
    }
  }

  @Test
  void aValueOfTheWrongKindIsNotShownEither() {
    assertThatThrownBy(() -> load("railfs.worker.ufs-options = hush"))
        .hasMessageContaining("railfs.worker.ufs-options is \"(hidden)\"")
        .hasMessageNotContaining("hush");
  }
}
