// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.opendal.ServiceConfig;

/**
 * Where a store is and how to talk to it.
 *
 * @param scheme OpenDAL's name of the service, and s3
 * @param shown the URI as the operator wrote it, which holds no secrets
 * @param options by the names that OpenDAL gives them, those of the URI included
 */
public record StoreLocation(String scheme, String shown, Map<String, String> options) {

  /** The option that the URI's host stands for. */
  private static final Map<String, String> SERVICES =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.ofEntries(
                  Map.entry("alluxio", "endpoint"),
                  Map.entry("azblob", "container"),
                  Map.entry("azdls", "filesystem"),
                  Map.entry("azfile", "share_name"),
                  Map.entry("b2", "bucket"),
                  Map.entry("cos", "bucket"),
                  Map.entry("gcs", "bucket"),
                  Map.entry("http", "endpoint"),
                  Map.entry("https", "endpoint"),
                  Map.entry("obs", "bucket"),
                  Map.entry("oss", "bucket"),
                  Map.entry("s3", "bucket"),
                  Map.entry("sftp", "endpoint"),
                  Map.entry("swift", "container"),
                  Map.entry("upyun", "bucket"),
                  Map.entry("webdav", "endpoint"),
                  Map.entry("webhdfs", "endpoint"))));

  /** The options that say where a store is. */
  private static final Set<String> PLACE =
      Set.of(
          "account_name",
          "bucket",
          "bucket_id",
          "container",
          "endpoint",
          "filesystem",
          "root",
          "share_name");

  private static final Map<String, String> ALIASES = Map.of("s3a", "s3", "gs", "gcs");

  public StoreLocation {
    requireNonNull(scheme, "scheme is null");
    requireNonNull(shown, "shown is null");
    options = Map.copyOf(options);
  }

  /** Never shows an option, as these hold secrets. */
  @Override
  public String toString() {
    return shown;
  }

  /** What distinguishes it from every other store and prefix, without credentials. */
  String identity() {
    StringBuilder text = new StringBuilder(scheme);
    for (String key : new TreeSet<>(PLACE)) {
      String value = options.get(key);
      if (value != null) {
        text.append(' ').append(key).append('=').append(value.replaceAll("//[^/]*@", "//"));
      }
    }
    return text.toString();
  }

  /** The schemes there are, in order. */
  public static Set<String> schemes() {
    return SERVICES.keySet();
  }

  /** The schemes there are, for messages. */
  public static String schemeList() {
    return "file, " + String.join(", ", SERVICES.keySet());
  }

  /**
   * Reads a URI such as s3://bucket/prefix.
   *
   * @param given options that the operator gave, which win over those of the URI
   * @throws IllegalArgumentException with a phrase where it cannot be used
   */
  public static StoreLocation of(String uri, Map<String, String> given) {
    int colon = uri.indexOf("://");
    String written = colon < 0 ? "" : uri.substring(0, colon).toLowerCase(Locale.ROOT);
    String scheme = ALIASES.getOrDefault(written, written);
    String option = SERVICES.get(scheme);
    if (option == null) {
      throw new IllegalArgumentException(
          "it is no URI of a UFS there is; the schemes are " + schemeList());
    }
    String rest = uri.substring(colon + 3);
    if (rest.contains("@") || rest.contains("?") || rest.contains("#")) {
      throw new IllegalArgumentException(
          "a URI takes no user, password or query; put credentials under ufs-options");
    }
    int slash = rest.indexOf('/');
    String host = slash < 0 ? rest : rest.substring(0, slash);
    String service = scheme.equals("https") ? "http" : scheme;
    Map<String, String> options = new TreeMap<>();
    if (!host.isEmpty()) {
      options.put(option, option.equals("endpoint") ? endpoint(scheme, host) : host);
    }
    options.put("root", root(slash < 0 ? "" : rest.substring(slash)));
    options.putAll(given);
    options.put("root", root(options.get("root")));
    check(service, option, options);
    return new StoreLocation(service, uri, options);
  }

  private static String endpoint(String scheme, String host) {
    String protocol =
        switch (scheme) {
          case "https" -> "https://";
          case "sftp" -> "ssh://";
          default -> "http://";
        };
    return URI.create(protocol + host).toString();
  }

  private static String root(String path) {
    String inner = path.replaceAll("^/+|/+$", "");
    return inner.isEmpty() ? "/" : "/" + inner + "/";
  }

  private static void check(String service, String needed, Map<String, String> options) {
    if (options.getOrDefault(needed, "").isEmpty()) {
      throw new IllegalArgumentException(
          "the " + needed + " is missing; write it as " + service + "://" + needed + "/PREFIX");
    }
    Set<String> known = options(service);
    for (String key : options.keySet()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "there is no option '" + key + "' of " + service + "; there are " + known);
      }
    }
  }

  /** Names of a service's options, as OpenDAL declares them; those of S3 are our own. */
  public static Set<String> options(String service) {
    if (service.equals("s3")) {
      return S3Options.names();
    }
    Set<String> names = new TreeSet<>();
    String simple = Character.toUpperCase(service.charAt(0)) + service.substring(1);
    for (Class<?> config : ServiceConfig.class.getDeclaredClasses()) {
      if (config.getSimpleName().equals(simple)) {
        for (Field field : config.getDeclaredFields()) {
          if (!Modifier.isStatic(field.getModifiers())) {
            names.add(snakeCase(field.getName()));
          }
        }
      }
    }
    return names;
  }

  private static String snakeCase(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
