// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValueFactory;

/** JSON from values and values from JSON. */
public final class Json {
  /** Deeper ones say nothing that is understood here, and cost stack. */
  private static final int MAX_DEPTH = 32;

  private Json() {}

  /**
   * One line of JSON.
   *
   * @param value maps, iterables, strings, numbers, booleans, null
   */
  public static String text(Object value) {
    return ConfigValueFactory.fromAnyRef(value).render(ConfigRenderOptions.concise());
  }

  /**
   * An object that somebody sent; nothing sent is an empty one.
   *
   * @throws HttpException 400 where the text is no object
   */
  public static Config object(String text) throws HttpException {
    if (text.isBlank()) {
      return ConfigFactory.empty();
    }
    checkDepth(text);
    try {
      return ConfigFactory.parseString(
          text, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    } catch (ConfigException e) {
      throw new HttpException(400, "the body is no JSON object: " + reason(e), e);
    }
  }

  /** Without the name that the parser has for a text from no file. */
  private static String reason(ConfigException problem) {
    return String.valueOf(problem.getMessage()).replaceFirst("^String: (\\d+): ", "line $1: ");
  }

  private static void checkDepth(String text) throws HttpException {
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter == '{' || letter == '[') {
        depth++;
      } else if (letter == '}' || letter == ']') {
        depth--;
      }
      if (depth > MAX_DEPTH) {
        throw new HttpException(400, "the body is nested deeper than " + MAX_DEPTH, null);
      }
    }
  }
}
