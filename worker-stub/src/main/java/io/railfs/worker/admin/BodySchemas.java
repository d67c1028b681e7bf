// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.railfs.http.HttpException;
import io.railfs.http.HttpRequest;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * What the served description says of the bodies of requests: what is not so is refused, so that
 * description and deeds are the same. Of JSON schema it knows what the description uses: objects of
 * strings, booleans and numbers, {@code required}, {@code enum}, and references. Immutable.
 */
final class BodySchemas {
  private static final String REFERENCE = "#/components/schemas/";

  private final ConfigObject description;

  private BodySchemas(ConfigObject description) {
    this.description = description;
  }

  /** Those of an OpenAPI description. */
  static BodySchemas of(String openApi) {
    ConfigParseOptions json = ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON);
    return new BodySchemas(ConfigFactory.parseString(openApi, json).root());
  }

  /** Fails: 400 with what is wrong with the body. */
  void check(HttpRequest request, Config body) throws HttpException {
    ConfigObject schema = schema(request);
    ConfigObject properties = object(schema, "properties");
    for (Map.Entry<String, ConfigValue> entry : body.root().entrySet()) {
      ConfigValue property = properties.get(entry.getKey());
      if (!(property instanceof ConfigObject declared)) {
        throw new HttpException(
            400,
            "the body has '%s', but there are only %s"
                .formatted(entry.getKey(), String.join(", ", new TreeSet<>(properties.keySet()))));
      }
      check(entry.getKey(), entry.getValue(), declared);
    }
    if (schema.get("required") instanceof ConfigList required) {
      for (ConfigValue name : required) {
        if (!body.root().containsKey(String.valueOf(name.unwrapped()))) {
          throw new HttpException(400, "the body needs '" + name.unwrapped() + "'");
        }
      }
    }
  }

  private static void check(String name, ConfigValue value, ConfigObject declared)
      throws HttpException {
    String type = String.valueOf(declared.get("type").unwrapped());
    boolean fits =
        switch (type) {
          case "string" -> value.valueType() == ConfigValueType.STRING;
          case "boolean" -> value.valueType() == ConfigValueType.BOOLEAN;
          case "integer" ->
              value.unwrapped() instanceof Integer || value.unwrapped() instanceof Long;
          case "number" -> value.valueType() == ConfigValueType.NUMBER;
          default -> throw new IllegalStateException("the description has the type " + type);
        };
    if (!fits) {
      throw new HttpException(400, "the body's '%s' is no %s".formatted(name, type));
    }
    if (declared.get("enum") instanceof ConfigList allowed && !allowed.contains(value)) {
      String all = String.join(", ", allowed.unwrapped().stream().map(String::valueOf).toList());
      throw new HttpException(400, "the body's '%s' is none of %s".formatted(name, all));
    }
  }

  private ConfigObject schema(HttpRequest request) {
    ConfigObject operation =
        object(object(object(description, "paths"), request.path()), lower(request.method()));
    ConfigObject content = object(object(operation, "requestBody"), "content");
    ConfigObject schema = object(object(content, "application/json"), "schema");
    ConfigValue reference = schema.get("$ref");
    return reference == null
        ? schema
        : object(
            object(object(description, "components"), "schemas"),
            String.valueOf(reference.unwrapped()).substring(REFERENCE.length()));
  }

  private static String lower(String method) {
    return method.toLowerCase(Locale.ROOT);
  }

  private static ConfigObject object(ConfigObject parent, String key) {
    if (parent.get(key) instanceof ConfigObject object) {
      return object;
    }
    throw new IllegalStateException("the description lacks " + key);
  }
}
