// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of this machine that drop or reject packets, as nft or, where that is not installed,
 * iptables-save list them to root. Sets by name and jumps are not followed.
 */
final class FirewallRules {
  private static final Pattern TABLE = Pattern.compile("^table (\\S+ \\S+) \\{.*");
  private static final Pattern CHAIN = Pattern.compile("^\\s*chain (\\S+) \\{.*");
  private static final Pattern HANDLE = Pattern.compile(" # handle (\\d+)$");
  private static final Pattern PORTS =
      Pattern.compile("\\b(?:dport|sport|dports|sports) (?:!= )?(\\{[^}]*\\}|[0-9,:-]+)");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:[-:](\\d{1,5}))?");

  /**
   * A rule.
   *
   * @param text as it is listed
   * @param removal the command that takes it away
   */
  record Rule(String text, String removal) {}

  private final List<Rule> rules;

  private FirewallRules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /** Asks the system; takes some milliseconds. Empty where nobody may know. */
  static Optional<FirewallRules> of(Path root) {
    Optional<String> nft = SystemProgram.output(root, "nft", "-a", "list", "ruleset");
    return nft.isPresent()
        ? nft.map(FirewallRules::ofNft)
        : SystemProgram.output(root, "iptables-save", "-t", "filter")
            .map(FirewallRules::ofIptables);
  }

  static FirewallRules ofNft(String output) {
    List<Rule> rules = new ArrayList<>();
    String table = "";
    String chain = "";
    for (String line : output.lines().toList()) {
      Matcher tables = TABLE.matcher(line);
      Matcher chains = CHAIN.matcher(line);
      Matcher handle = HANDLE.matcher(line);
      if (tables.matches()) {
        table = tables.group(1);
      } else if (chains.matches()) {
        chain = chains.group(1);
      } else if (handle.find()) {
        rules.add(
            new Rule(
                line.substring(0, handle.start()).strip(),
                "nft delete rule %s %s handle %s".formatted(table, chain, handle.group(1))));
      }
    }
    return new FirewallRules(rules);
  }

  static FirewallRules ofIptables(String output) {
    return new FirewallRules(
        output
            .lines()
            .filter(line -> line.startsWith("-A "))
            .map(line -> new Rule(line, "iptables -D " + line.substring(3)))
            .toList());
  }

  /** How many there are, those that accept included. */
  int size() {
    return rules.size();
  }

  /** The first rule that drops or rejects packets of a port by its number. */
  Optional<Rule> against(int port) {
    return rules.stream()
        .filter(rule -> rule.text.matches("(?i).*\\b(drop|reject)\\b.*"))
        .filter(rule -> names(rule.text, port))
        .findFirst();
  }

  private static boolean names(String text, int port) {
    Matcher ports = PORTS.matcher(text);
    while (ports.find()) {
      Matcher range = RANGE.matcher(ports.group(1));
      while (range.find()) {
        int first = Integer.parseInt(range.group(1));
        int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
        if (port >= first && port <= last && !ports.group().contains("!=")) {
          return true;
        }
      }
    }
    return false;
  }
}
