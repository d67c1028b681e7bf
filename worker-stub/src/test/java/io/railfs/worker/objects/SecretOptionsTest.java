// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.fabric.trust.SecretNames;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every option of every store is in one of two lists, so that a new one has to be thought about.
 */
final class SecretOptionsTest {
  private static final Set<String> SECRET =
      Set.of(
          "access_key_id",
          "access_key_secret",
          "account_key",
          "application_key",
          "application_key_id",
          "client_secret",
          "credential",
          "delegation",
          "encryption_key",
          "encryption_key_sha256",
          "key",
          "password",
          "sas_token",
          "secret_access_key",
          "secret_id",
          "secret_key",
          "security_token",
          "server_side_encryption_customer_key",
          "server_side_encryption_customer_key_md5",
          "session_token",
          "token");

  private static final Set<String> SHOWN =
      Set.of(
          "account_name",
          "addressing_style",
          "allow_anonymous",
          "atomic_write_dir",
          "authority_host",
          "batch_max_operations",
          "bind_device",
          "bucket",
          "bucket_id",
          "ca_file",
          "checksum_algorithm",
          "client_id",
          "container",
          "credential_path",
          "default_storage_class",
          "delete_max_size",
          "disable_config_load",
          "disable_copy",
          "disable_ec2_metadata",
          "disable_list_batch",
          "disable_list_objects_v2",
          "disable_stat_with_override",
          "disable_vm_metadata",
          "disable_write_with_if_match",
          "enable_copy",
          "enable_request_payer",
          "enable_versioning",
          "enable_virtual_host_style",
          "enable_write_with_append",
          "encryption_algorithm",
          "endpoint",
          "external_id",
          "filesystem",
          "known_hosts_strategy",
          "oidc_provider_arn",
          "oidc_token_file",
          "operator",
          "predefined_acl",
          "presign_addressing_style",
          "presign_endpoint",
          "profile",
          "region",
          "role_arn",
          "role_session_name",
          "root",
          "scope",
          "server_side_encryption",
          "server_side_encryption_aws_kms_key_id",
          "server_side_encryption_customer_algorithm",
          "server_side_encryption_key_id",
          "service_account",
          "share_name",
          "sts_endpoint",
          "tenant_id",
          "user",
          "user_name",
          "username");

  @Test
  void everyOptionOfEveryStoreIsHiddenOrShownAsDecidedHere() {
    Set<String> undecided = new TreeSet<>();
    for (String scheme : StoreLocation.schemes()) {
      for (String option : StoreLocation.options(scheme.equals("https") ? "http" : scheme)) {
        if (!SECRET.contains(option) && !SHOWN.contains(option)) {
          undecided.add(option);
        } else {
          assertThat(SecretNames.isSecret(option)).as(option).isEqualTo(SECRET.contains(option));
        }
      }
    }
    assertThat(undecided).as("options that are in neither list").isEmpty();
  }

  @Test
  void whatOthersCallTheirSecretsIsHiddenToo() {
    for (String name :
        new String[] {
          "passphrase", "connection_string", "connectionString", "sas", "private-key", "sharedKey"
        }) {
      assertThat(SecretNames.isSecret(name)).as(name).isTrue();
    }
    for (String name :
        new String[] {"secret-file", "token-file", "disaster", "keys", "cert_path"}) {
      assertThat(SecretNames.isSecret(name)).as(name).isFalse();
    }
  }

  @Test
  void whatAStoreRepeatsOfThemIsTakenOut() {
    for (String option : SECRET) {
      assertThat(Scrub.text("it said hush-" + option, Map.of(option, "hush-" + option)))
          .as(option)
          .isEqualTo("it said (hidden)");
    }
  }
}
