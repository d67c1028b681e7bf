package io.railfs.fabric.trust;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which settings and options hold secrets, told by their names: the one declaration for all that is
 * shown, logged or put into a message.
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

  private SecretNames() {}

  /** Whether the value of a setting or an option must not be shown. */
  public static boolean isSecret(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replace('-', '_').replace('.', '_');
    return SECRET.matcher(plain).find() && !PLACE.matcher(plain).find();
  }
}
