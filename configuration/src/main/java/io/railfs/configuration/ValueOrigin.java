// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;

/**
 * Where a value comes from.
 *
 * @param text "/etc/railfs.conf:12", "-D" or "default"
 */
public record ValueOrigin(String text) {
  static final String OVERRIDE = "-D";

  static ValueOrigin of(ConfigOrigin origin) {
    if (origin.description().startsWith(OVERRIDE)) {
      return new ValueOrigin(OVERRIDE);
    }
    if (origin.resource() != null || origin.url() == null) {
      return new ValueOrigin(origin.filename() == null ? "default" : at(origin));
    }
    return new ValueOrigin("file".equals(origin.url().getProtocol()) ? at(origin) : "default");
  }

  private static String at(ConfigOrigin origin) {
    String file = origin.filename();
    if (Path.of(file).endsWith("target/classes/reference.conf")) {
      return "default";
    }
    return origin.lineNumber() > 0 ? file + ":" + origin.lineNumber() : file;
  }
}
