// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The man page of a command, in roff, with the words of its --help. */
final class ManPage {
  /** Columns of what picocli renders for an option or a parameter. */
  private static final int SHORT_NAME = 1;

  private static final int SEPARATOR = 2;
  private static final int LONG_NAME = 3;
  private static final int DESCRIPTION = 4;

  private final CommandSpec spec;
  private final Help help;
  private final String version;
  private final StringBuilder page = new StringBuilder();

  ManPage(CommandLine command, String version) {
    this.spec = command.getCommandSpec();
    this.help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
    this.version = version;
  }

  /** Of a command: "railfs-mount.1". */
  static String fileName(CommandSpec spec) {
    return spec.qualifiedName("-") + ".1";
  }

  String text() {
    String name = spec.qualifiedName("-");
    macro("TH", name.toUpperCase(Locale.ROOT), "1", "", "RailFS " + version, "RailFS commands");
    heading("NAME");
    List<String> description = sentences(spec);
    page.append(escape(name)).append(" \\- ").append(escape(summary(description))).append('\n');
    heading("SYNOPSIS");
    line(help.synopsis(0).replaceAll("\\s+", " ").strip());
    heading("DESCRIPTION");
    description.forEach(this::paragraph);
    parameters();
    options();
    commands();
    exitCodes();
    seeAlso();
    return page.toString();
  }

  private static String summary(List<String> description) {
    String first = description.isEmpty() ? "" : description.get(0);
    return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
  }

  private static List<String> sentences(CommandSpec spec) {
    List<String> sentences = new ArrayList<>();
    for (String part : spec.usageMessage().description()) {
      sentences.add(Help.Ansi.OFF.string(String.format(part)));
    }
    return sentences;
  }

  private void parameters() {
    List<PositionalParamSpec> shown =
        spec.positionalParameters().stream().filter(parameter -> !parameter.hidden()).toList();
    if (shown.isEmpty()) {
      return;
    }
    heading("ARGUMENTS");
    Help.IParameterRenderer renderer = help.createDefaultParameterRenderer();
    for (PositionalParamSpec parameter : shown) {
      entry(renderer.render(parameter, help.parameterLabelRenderer(), help.colorScheme()));
    }
  }

  private void options() {
    List<OptionSpec> shown = spec.options().stream().filter(option -> !option.hidden()).toList();
    if (shown.isEmpty()) {
      return;
    }
    heading("OPTIONS");
    Help.IOptionRenderer renderer = help.createDefaultOptionRenderer();
    for (OptionSpec option : shown) {
      entry(renderer.render(option, help.parameterLabelRenderer(), help.colorScheme()));
    }
  }

  private void entry(Text[][] rows) {
    String separator = rows[0][SEPARATOR].toString().isEmpty() ? "" : ", ";
    String names = rows[0][SHORT_NAME] + separator + rows[0][LONG_NAME];
    List<String> description = new ArrayList<>();
    for (Text[] row : rows) {
      description.add(row[DESCRIPTION].toString());
    }
    tagged(names.strip(), String.join(" ", description).strip());
  }

  private void commands() {
    Map<String, CommandLine> shown = visibleCommands(spec);
    if (shown.isEmpty()) {
      return;
    }
    heading("COMMANDS");
    shown.forEach(
        (name, command) -> tagged(name, String.join(" ", sentences(command.getCommandSpec()))));
  }

  /** Those that have a page. */
  static Map<String, CommandLine> visibleCommands(CommandSpec spec) {
    return spec.subcommands().entrySet().stream()
        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
        .filter(entry -> !entry.getValue().getCommandSpec().helpCommand())
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, Map.Entry::getValue, (one, other) -> one, TreeMap::new));
  }

  private void exitCodes() {
    // The codes are the same for every command.
    Map<String, String> codes = spec.root().usageMessage().exitCodeList();
    if (codes.isEmpty()) {
      return;
    }
    heading("EXIT STATUS");
    codes.forEach(this::tagged);
  }

  private void seeAlso() {
    List<String> pages = new ArrayList<>();
    if (spec.parent() != null) {
      pages.add(spec.parent().qualifiedName("-") + "(1)");
    }
    visibleCommands(spec)
        .values()
        .forEach(command -> pages.add(command.getCommandSpec().qualifiedName("-") + "(1)"));
    if (!pages.isEmpty()) {
      heading("SEE ALSO");
      line(String.join(", ", pages));
    }
  }

  private void macro(String name, String... arguments) {
    page.append('.').append(name);
    for (String argument : arguments) {
      page.append(" \"").append(escape(argument).replace("\"", "\\(dq")).append('"');
    }
    page.append('\n');
  }

  private void heading(String text) {
    macro("SH", text);
  }

  private void paragraph(String text) {
    page.append(".PP\n");
    line(text);
  }

  private void tagged(String tag, String text) {
    page.append(".TP\n.B ").append(escape(tag)).append('\n');
    line(text);
  }

  private void line(String text) {
    page.append(escape(text)).append('\n');
  }

  /** A line that begins with a dot or an apostrophe would be a macro. */
  private static String escape(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("\n", " ");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
