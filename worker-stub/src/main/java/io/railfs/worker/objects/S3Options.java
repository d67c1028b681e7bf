// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The options of an s3: store, by the names that OpenDAL had for them (docs/OBJECT-STORES.md has
 * the table), and the environment behind them.
 */
final class S3Options {
  /** Options that say yes or no. */
  private static final Set<String> SWITCHES =
      Set.of(
          "allow_anonymous",
          "disable_config_load",
          "disable_ec2_metadata",
          "disable_list_objects_v2",
          "disable_stat_with_override",
          "disable_write_with_if_match",
          "enable_request_payer",
          "enable_versioning",
          "enable_virtual_host_style",
          "enable_write_with_append");

  private static final Set<String> VALUES =
      Set.of(
          "access_key_id",
          "batch_max_operations",
          "bind_device",
          "bucket",
          "ca_file",
          "checksum_algorithm",
          "default_storage_class",
          "delete_max_size",
          "endpoint",
          "external_id",
          "profile",
          "region",
          "role_arn",
          "role_session_name",
          "root",
          "secret_access_key",
          "server_side_encryption",
          "server_side_encryption_aws_kms_key_id",
          "server_side_encryption_customer_algorithm",
          "server_side_encryption_customer_key",
          "server_side_encryption_customer_key_md5",
          "session_token");

  private final Map<String, String> given;
  private final Map<String, String> environment;

  private S3Options(Map<String, String> given, Map<String, String> environment) {
    this.given = Map.copyOf(given);
    this.environment = Map.copyOf(environment);
  }

  /** Every option there is, those that only writers need included. */
  static Set<String> names() {
    Set<String> names = new TreeSet<>(VALUES);
    names.addAll(SWITCHES);
    return names;
  }

  /** Fails with ObjectException where an option cannot be used. */
  static S3Options of(Map<String, String> given, Map<String, String> environment)
      throws ObjectException {
    for (String name : SWITCHES) {
      String value = given.getOrDefault(name, "false");
      if (!Set.of("true", "false", "on", "off").contains(value.toLowerCase(Locale.ROOT))) {
        throw wrong("the option " + name + " is neither true nor false");
      }
    }
    S3Options options = new S3Options(given, environment);
    if (options.has("access_key_id") != options.has("secret_access_key")) {
      throw wrong("access_key_id and secret_access_key belong together, and only one is set");
    }
    if (options.has("session_token") && !options.has("access_key_id")) {
      throw wrong("a session_token belongs to an access_key_id, which is not set");
    }
    boolean variables =
        options.mayLookAround() && !options.has("access_key_id") && !options.has("profile");
    if (variables
        && options.variable("AWS_ACCESS_KEY_ID").isEmpty()
            != options.variable("AWS_SECRET_ACCESS_KEY").isEmpty()) {
      throw wrong(
          "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together, and only one is set");
    }
    return options;
  }

  private static ObjectException wrong(String phrase) {
    return new ObjectException(Kind.MISCONFIGURED, phrase);
  }

  /** Empty where it is not set. */
  String of(String name) {
    return given.getOrDefault(name, "").strip();
  }

  boolean has(String name) {
    return !of(name).isEmpty();
  }

  boolean is(String name) {
    String value = of(name).toLowerCase(Locale.ROOT);
    return value.equals("true") || value.equals("on");
  }

  /** Whether the environment and the files of AWS count. */
  boolean mayLookAround() {
    return !is("disable_config_load");
  }

  /** A variable that counts; empty where it is not set. */
  String variable(String... names) {
    for (String name : names) {
      String value = environment.getOrDefault(name, "").strip();
      if (!value.isEmpty()) {
        return value;
      }
    }
    return "";
  }

  /** The option, else the first of these variables that is set. */
  String of(String name, String... variables) {
    return has(name) || !mayLookAround() ? of(name) : variable(variables);
  }

  /** The profile of the files of AWS that counts. */
  String profile() {
    String name = has("profile") ? of("profile") : variable("AWS_PROFILE", "AWS_DEFAULT_PROFILE");
    return name.isEmpty() ? "default" : name;
  }

  String bucket() {
    return of("bucket");
  }

  /** What every key begins with: empty, or with a slash at its end. */
  String root() {
    return given.getOrDefault("root", "/").replaceAll("^/+", "");
  }

  /** Where requests go, if not where AWS has the region. */
  Optional<URI> endpoint() throws ObjectException {
    String text =
        of(
            "endpoint",
            "AWS_ENDPOINT_URL_S3",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT",
            "AWS_S3_ENDPOINT");
    return address("the endpoint", withScheme(text).replace("://" + bucket() + ".", "://"));
  }

  /** Where the token service is, if not where AWS has that of the region. */
  Optional<URI> tokenService() throws ObjectException {
    String text = mayLookAround() ? variable("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL") : "";
    return address("AWS_ENDPOINT_URL_STS", withScheme(text));
  }

  private static String withScheme(String text) {
    return text.isEmpty() || text.contains("://") ? text : "https://" + text;
  }

  private static Optional<URI> address(String what, String text) throws ObjectException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(text.replaceAll("/+$", ""));
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getUserInfo() == null) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      // Said below, without its text: there may be a password in it.
    }
    throw wrong(what + " is not http://HOST[:PORT] or https://HOST[:PORT]");
  }

  /** Whether checksums that the store sends with objects are checked. */
  boolean checksChecksums() {
    return !mayLookAround()
        || !variable("AWS_RESPONSE_CHECKSUM_VALIDATION").equalsIgnoreCase("when_required");
  }

  /**
   * With an endpoint of one's own the bucket is in the path unless an option puts it into the host.
   */
  boolean isPathStyle() throws ObjectException {
    return endpoint().isPresent() && !is("enable_virtual_host_style");
  }

  /** Whether requests go unsigned: nothing here or in the environment could sign them. */
  boolean isAnonymous() {
    return is("allow_anonymous")
        && of("access_key_id", "AWS_ACCESS_KEY_ID").isEmpty()
        && !has("role_arn")
        && !has("profile");
  }
}
