// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which settings and options hold secrets, recognised by their names: the one declaration for all
 * that is shown, logged or put into a message.
 */
public final class SecretNames {
  /** What stands in the place of a secret. */
  public static final String HIDDEN = "(hidden)";

  private static final Pattern SECRET =
      Pattern.compile(
          "secret|passw|passphrase|token|credential|signature|delegation|connection_?string"
              + "|(access|account|application|customer|private|shared)_?key"
              + "|encryption_?key($|_?sha)|(^|_)sas($|_)|^key$");

  /** A name of a place holds no secret itself. */
  private static final Pattern PLACE = Pattern.compile("(file|path|dir|directory)$");

  /** Options of object stores, one of which has the plain name "key". */
  private static final String OPTIONS = "ufs-options";

  /** What holds paths of the dataset behind names of files and clients. */
  private static final List<List<String>> PATHS =
      List.of(
          List.of("railfs", "worker", "security", "secrets"),
          List.of("railfs", "worker", "security", "certificates"));

  private SecretNames() {}

  /**
   * Whether the value of a setting must not be shown, by its path.
   *
   * @param path its last part is the name
   */
  public static boolean isSecret(List<String> path) {
    String name = path.get(path.size() - 1);
    boolean option = path.contains(OPTIONS);
    // The key of TLS is the name of a file; the files of the secrets stand as names before paths.
    return PATHS.stream().noneMatch(prefix -> startsWith(path, prefix))
        && (option || !name.equals("key"))
        && isSecret(name);
  }

  private static boolean startsWith(List<String> path, List<String> prefix) {
    return path.size() >= prefix.size() && path.subList(0, prefix.size()).equals(prefix);
  }

  /** Whether the value of a setting or an option must not be shown. */
  public static boolean isSecret(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replace('-', '_').replace('.', '_');
    return SECRET.matcher(plain).find() && !PLACE.matcher(plain).find();
  }
}
