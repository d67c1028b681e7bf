// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.LinkRate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a port and the one at the other end of its cable can do. The kernel has no file of it: the
 * adapter's own management agent reports it to ibportstate of infiniband-diags.
 *
 * @param own of this port
 * @param peer of the port at the other end; empty where it does not answer
 */
record PortCapabilities(End own, Optional<End> peer) {
  private static final Pattern WIDTHS =
      Pattern.compile("(?m)^LinkWidth(Supported|Enabled):\\.*(.*)$");
  private static final Pattern SPEEDS =
      Pattern.compile("(?m)^LinkSpeed(?:Ext)?(Supported|Enabled)2?:\\.*(.*)$");
  private static final Pattern LOCAL_PORT = Pattern.compile("(?m)^LocalPort:\\.*(\\d+)$");
  private static final Pattern LANES = Pattern.compile("(\\d+)X");
  private static final Pattern GIGABITS = Pattern.compile("(\\d+(?:\\.\\d+)?) Gbps");

  /**
   * One end of the cable.
   *
   * @param lanes that it has
   * @param enabledLanes that it may use
   * @param lane gigabits a second of each, as they are signalled
   * @param enabledLane gigabits a second that it may use
   */
  record End(int lanes, int enabledLanes, double lane, double enabledLane) {}

  /** Asks; takes some tens of milliseconds. Empty where the port's own agent does not answer. */
  static Optional<PortCapabilities> of(Path root, HcaPort port) {
    String number = String.valueOf(port.number());
    Optional<End> own = ask(root, port, "ibportstate", "0", number, "query");
    // The way of one hop, out of this port, leads to the node at the other end.
    String path = "0," + number;
    return own.map(
        end ->
            new PortCapabilities(
                end,
                output(root, port, "smpquery", "nodeinfo", path)
                    .map(LOCAL_PORT::matcher)
                    .filter(Matcher::find)
                    .flatMap(
                        there -> ask(root, port, "ibportstate", path, there.group(1), "query"))));
  }

  private static Optional<End> ask(Path root, HcaPort port, String program, String... words) {
    return output(root, port, program, words).flatMap(PortCapabilities::end);
  }

  /** Of a program of infiniband-diags that takes a direct route. */
  private static Optional<String> output(Path root, HcaPort port, String program, String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(program, "-C", port.hca(), "-P", String.valueOf(port.number()), "-D"));
    command.addAll(List.of(words));
    return SystemProgram.output(root, command.toArray(String[]::new));
  }

  /**
   * What one end can do.
   *
   * @param output of ibportstate, which for a port of a switch reports on its peer too
   */
  static Optional<End> end(String output) {
    int peer = output.indexOf("Peer PortInfo");
    String text = peer < 0 ? output : output.substring(0, peer);
    int lanes = (int) largest(text, WIDTHS, "Supported", LANES);
    double lane = largest(text, SPEEDS, "Supported", GIGABITS);
    return lanes == 0 || lane == 0
        ? Optional.empty()
        : Optional.of(
            new End(
                lanes,
                (int) largest(text, WIDTHS, "Enabled", LANES),
                lane,
                largest(text, SPEEDS, "Enabled", GIGABITS)));
  }

  private static double largest(String text, Pattern lines, String kind, Pattern numbers) {
    double largest = 0;
    Matcher line = lines.matcher(text);
    while (line.find()) {
      Matcher number = numbers.matcher(line.group(2));
      while (line.group(1).equals(kind) && number.find()) {
        largest = Math.max(largest, Double.parseDouble(number.group(1)));
      }
    }
    return largest;
  }

  /** ", up to 4X of 53.125 Gb/s; the peer up to 4X of 53.125 Gb/s". */
  String text() {
    return "; up to "
        + text(own)
        + peer.map(end -> ", its peer up to " + text(end)).orElse(", its peer does not say");
  }

  private static String text(End end) {
    return "%dX of %s Gb/s".formatted(end.lanes, plain(end.lane));
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }

  /**
   * What the link lacks of what both ends can do, as the rest of a sentence; empty where nothing.
   *
   * @param tolerance how much more the signals of a lane may be than what it is called
   */
  String missing(LinkRate rate, double tolerance) {
    int lanes = peer.map(end -> Math.min(end.lanes, own.lanes)).orElse(own.lanes);
    double lane = peer.map(end -> Math.min(end.lane, own.lane)).orElse(own.lane);
    if (rate.lanes() < lanes) {
      return own.enabledLanes < lanes
          ? ", for no more than %dX is enabled here".formatted(own.enabledLanes)
          : ", fewer lanes than %s".formatted(peer.isPresent() ? "both ends have" : "this end has");
    }
    if (rate.lane() * tolerance < lane) {
      return own.enabledLane < lane
          ? ", for no more than %s Gb/s is enabled here".formatted(plain(own.enabledLane))
          : ", slower than %s can".formatted(peer.isPresent() ? "both ends" : "this end");
    }
    return "";
  }
}
