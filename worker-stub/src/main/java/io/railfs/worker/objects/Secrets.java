package io.railfs.worker.objects;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Which options are secret, and how to keep them out of texts. */
public final class Secrets {
  /** What stands in the place of a secret. */
  public static final String HIDDEN = "(hidden)";

  private static final Pattern KEY =
      Pattern.compile(
          "secret|password|passwd|passphrase|token|credential|access_?key|account_?key"
              + "|application_?key|sas|signature|delegation|customer_key|^key$|private_?key"
              + "|connection_string");

  private static final Pattern QUERY =
      Pattern.compile(
          "(?i)((?:x-(?:amz|goog|oss|cos|obs)-[a-z-]*|sig|signature|token|delegation)=)[^&\\s\"')]+");

  private Secrets() {}

  /** Whether the value of an option must not be shown. */
  public static boolean isSecret(String key) {
    return KEY.matcher(key.toLowerCase(Locale.ROOT).replace('-', '_')).find();
  }

  /** The text without the secret values among the options, and without signatures of URLs. */
  static String scrub(String text, Map<String, String> options) {
    List<String> values =
        options.entrySet().stream()
            .filter(option -> isSecret(option.getKey()) && option.getValue().length() > 2)
            .map(Map.Entry::getValue)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    String clean = text;
    for (String value : values) {
      clean = clean.replace(value, HIDDEN);
    }
    return QUERY.matcher(clean).replaceAll("$1" + HIDDEN);
  }
}
