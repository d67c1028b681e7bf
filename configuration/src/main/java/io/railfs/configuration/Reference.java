// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/**
 * Every key that exists, as declared in the reference.conf of each module on the class path.
 *
 * <p>A key is a value that is no section. A section whose comment holds the line {@value
 * #FREE_FORM}, or that is empty, is a key too: a person may put any keys below it. Immutable.
 */
final class Reference {
  /** Marker in the comment of a section that takes any keys. */
  static final String FREE_FORM = "@free-form";

  private static final String FILE = "reference.conf";
  private static final String ROOT = "railfs";
  private static final Pattern MODULE =
      Pattern.compile(
          "([^/]+)/target/classes/reference.conf$|/railfs-([^/]+?)-\\d[^/]*!/reference.conf$");

  /** The order in which people meet the modules; it is the order of the generated files. */
  private static final List<String> MODULES =
      List.of(
          "data-client", "fuse-mount", "worker-stub", "membership", "fabric", "supervision", "csi");

  private static Reference loaded;

  private final Config defaults;
  private final Map<String, ReferenceKey> keys;
  private final Set<String> sections = new HashSet<>();

  private Reference(Config defaults, List<ReferenceKey> declared) {
    this.defaults = defaults;
    Map<String, ReferenceKey> byPath = new LinkedHashMap<>();
    for (ReferenceKey key : declared) {
      byPath.putIfAbsent(key.path(), key);
      List<String> parts = ConfigUtil.splitPath(key.path());
      for (int i = 1; i < parts.size(); i++) {
        sections.add(ConfigUtil.joinPath(parts.subList(0, i)));
      }
    }
    this.keys = Collections.unmodifiableMap(byPath);
  }

  /**
   * What this release declares, read once. Fails with {@link ConfException} where a module's file
   * cannot be read, a defect of the build.
   */
  static synchronized Reference load() throws ConfException {
    if (loaded == null) {
      loaded = read();
    }
    return loaded;
  }

  private static Reference read() throws ConfException {
    try {
      List<URL> urls = ofOwnJars();
      return of(
          urls.isEmpty()
              ? Collections.list(Reference.class.getClassLoader().getResources(FILE))
              : urls);
    } catch (IOException | ConfigException e) {
      throw new ConfException(
          "the defaults built into RailFS cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The files of RailFS's own jars and folders on the class path. To ask the class loader opens
   * every jar there, a sixth of what a short command costs. None where the class path is hidden in
   * another jar.
   */
  private static List<URL> ofOwnJars() throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        Path file = path.resolve(FILE);
        if (Files.exists(file)) {
          urls.add(file.toUri().toURL());
        }
      } else if (path.getFileName() != null
          && path.getFileName().toString().startsWith("railfs-")) {
        try (ZipFile jar = new ZipFile(path.toFile())) {
          if (jar.getEntry(FILE) != null) {
            urls.add(URI.create("jar:" + path.toUri() + "!/" + FILE).toURL());
          }
        }
      }
    }
    return urls;
  }

  static Reference of(List<URL> urls) throws IOException {
    Config defaults = ConfigFactory.empty();
    List<ReferenceKey> declared = new ArrayList<>();
    for (URL url : urls) {
      Config config = parse(url);
      if (config.hasPath(ROOT)) {
        defaults = defaults.withFallback(config);
        collect(config.getObject(ROOT), ROOT, module(url), declared);
      }
    }
    declared.sort(Reference::compare);
    return new Reference(defaults, declared);
  }

  /** By hand, as the JDK's comparators are of lambdas that no archive of classes keeps. */
  private static int compare(ReferenceKey one, ReferenceKey other) {
    int byRank = Integer.compare(rank(one.module()), rank(other.module()));
    int byModule = byRank != 0 ? byRank : one.module().compareTo(other.module());
    return byModule != 0 ? byModule : Integer.compare(one.line(), other.line());
  }

  /** Of a stream, as a URL would be asked for its content type too, a slow question to a jar. */
  private static Config parse(URL url) throws IOException {
    ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(url.toString());
    try (Reader reader = new InputStreamReader(url.openStream(), StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(reader, options);
    }
  }

  private static String module(URL url) {
    Matcher matcher = MODULE.matcher(url.toString());
    if (!matcher.find()) {
      return "other";
    }
    return matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
  }

  private static int rank(String module) {
    int index = MODULES.indexOf(module);
    return index < 0 ? MODULES.size() : index;
  }

  private static void collect(
      ConfigObject section, String path, String module, List<ReferenceKey> into) {
    for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
      String child = path + "." + ConfigUtil.joinPath(entry.getKey());
      ConfigValue value = entry.getValue();
      List<String> comments = value.origin().comments().stream().map(String::strip).toList();
      if (value instanceof ConfigObject object
          && !object.isEmpty()
          && !comments.contains(FREE_FORM)) {
        collect(object, child, module, into);
      } else {
        int line = value.origin().lineNumber();
        into.add(
            new ReferenceKey(child, ValueType.ofDefault(value), value, comments, module, line));
      }
    }
  }

  /** All defaults, substitutions not resolved yet. */
  Config defaults() {
    return defaults;
  }

  /** The keys by path, module by module, in the order of their lines. */
  Map<String, ReferenceKey> keys() {
    return keys;
  }

  /** Whether keys are declared below this path. */
  boolean isSection(String path) {
    return sections.contains(path);
  }
}
