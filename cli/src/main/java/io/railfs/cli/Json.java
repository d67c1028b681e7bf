package io.railfs.cli;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;

/** Answers for scripts. */
final class Json {
  private Json() {}

  /**
   * Prints one line of JSON.
   *
   * @param value maps, iterables, strings, numbers, booleans, null
   */
  static void print(Object value) {
    System.out.println(text(value));
  }

  /** One line of JSON. */
  static String text(Object value) {
    return ConfigValueFactory.fromAnyRef(value).render(ConfigRenderOptions.concise());
  }
}
