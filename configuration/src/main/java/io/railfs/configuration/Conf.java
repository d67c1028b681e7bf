// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The settings of a mount or worker, from three layers: {@code -D} overrides, then the conf file,
 * then the defaults of all modules. Every key is known and of the right type once it is loaded.
 * Immutable.
 */
public final class Conf {
  private static final String NOT_CLOSED = "a '{' is not closed by '}' at the end of the file";

  private final ProcessRole kind;
  private final Reference reference;
  private final Config config;
  private final Optional<Path> file;
  private final List<String> overrides;

  private Conf(
      ProcessRole kind,
      Reference reference,
      Config config,
      Optional<Path> file,
      List<String> overrides) {
    this.kind = kind;
    this.reference = reference;
    this.config = config;
    this.file = file;
    this.overrides = List.copyOf(overrides);
  }

  /**
   * Loads and checks.
   *
   * @param file the file that a person named, or empty for the one in the conf directory, which may
   *     be missing
   * @param overrides "key=value", later ones win
   */
  public static Conf load(ProcessRole kind, Optional<Path> file, List<String> overrides)
      throws ConfException {
    return load(kind, file, overrides, Home.confDirectory());
  }

  static Conf load(
      ProcessRole kind, Optional<Path> file, List<String> overrides, Optional<Path> confDirectory)
      throws ConfException {
    requireNonNull(kind, "kind is null");
    Optional<Path> used =
        file.or(() -> confDirectory.map(dir -> dir.resolve(kind.fileName())).filter(Files::exists))
            .map(Path::toAbsolutePath)
            .map(Path::normalize);
    Reference reference = Reference.load();
    Config fromFile = used.isPresent() ? parse(used.get()) : ConfigFactory.empty();
    Config fromOverrides = Overrides.of(overrides, reference);
    try {
      Config below = fromFile.withFallback(reference.defaults()).resolve();
      KeyCheck check = new KeyCheck(reference);
      check.check(fromFile.resolveWith(below).root());
      check.check(fromOverrides.root());
      Config config = fromOverrides.withFallback(below).resolve();
      return new Conf(kind, reference, config, used, overrides);
    } catch (ConfigException e) {
      throw new ConfException(sentence(e), e);
    }
  }

  private static Config parse(Path file) throws ConfException {
    if (!Files.exists(file)) {
      throw new ConfException("conf file " + file + " does not exist");
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new ConfException("conf file " + file + " cannot be read: not a readable file");
    }
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setAllowMissing(false).setSyntax(ConfigSyntax.CONF);
    try {
      return ConfigFactory.parseFile(file.toFile(), options);
    } catch (ConfigException e) {
      throw new ConfException(sentence(e, file), e);
    }
  }

  /** With the line of a brace that is not closed, for the end of the file helps nobody. */
  private static String sentence(ConfigException problem, Path file) {
    String sentence = sentence(problem);
    OptionalInt line = sentence.endsWith(NOT_CLOSED) ? OpenBrace.line(file) : OptionalInt.empty();
    return line.isPresent()
        ? "%s: the '{' of line %d is not closed by '}'".formatted(file, line.getAsInt())
        : sentence;
  }

  /**
   * The problem that a settings record found, as one sentence that begins with the place: "file:12:
   * ...".
   */
  public static String sentence(ConfigException problem) {
    String message = String.valueOf(problem.getMessage()).lines().findFirst().orElse("");
    return message
        .replaceFirst("^(.*?): (\\d+): ", "$1:$2: ")
        // The defaults are in no file that a person can correct.
        .replaceFirst("^\\S*reference\\.conf(:\\d+)?(?: @ \\S+)?: ", "default: ")
        .replaceFirst(
            "(:\\d+: )Expecting end of input or a comma, got ':'.*",
            "$1a value with ':' in it needs quotes, such as railfs.workers = [\"127.0.0.1:29999\"]")
        .replaceFirst(
            "(:\\d+: )expecting a close parentheses '\\)' here, not: end of file.*",
            "$1" + NOT_CLOSED)
        .replaceFirst("Invalid value at '([^']*)': ", "$1: ")
        .replaceFirst("^(?:-D) \\S+: ", "-D: ");
  }

  public ProcessRole kind() {
    return kind;
  }

  /** All values, resolved; settings records are made of it. */
  public Config config() {
    return config;
  }

  /** The conf file that was read, absolute; empty where there is none. */
  public Optional<Path> file() {
    return file;
  }

  /** The overrides that were given. */
  public List<String> overrides() {
    return overrides;
  }

  /**
   * The values of a key or of all keys below a section, by path.
   *
   * @param written a key or section, "railfs." may be left out; empty for all keys of this kind
   */
  public Map<String, ConfValue> values(Optional<String> written) throws ConfException {
    String wanted = written.isPresent() ? Overrides.key(written.get()) : "";
    Map<String, ConfValue> values = new TreeMap<>();
    for (ReferenceKey key : reference.keys().values()) {
      boolean below = key.path().startsWith(wanted + ".");
      if (written.isEmpty() ? kind.uses(key) : below || key.path().equals(wanted)) {
        values.put(key.path(), ConfValue.of(key, config.getValue(key.path())));
      }
    }
    if (values.isEmpty() && wanted.startsWith("railfs.") && config.hasPath(wanted)) {
      values.put(wanted, ConfValue.ofFreeForm(wanted, config.getValue(wanted)));
    }
    if (values.isEmpty()) {
      List<String> known = new ArrayList<>(reference.keys().keySet());
      Collections.sort(known);
      String hint =
          known.stream()
              .filter(key -> key.startsWith(wanted))
              .findFirst()
              .or(() -> DidYouMean.of(wanted, known))
              .map(near -> ", did you mean " + near + "?")
              .orElse("");
      throw new ConfException("there is no key " + wanted + hint);
    }
    return values;
  }
}
