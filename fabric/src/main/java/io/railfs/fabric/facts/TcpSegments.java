// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import java.nio.file.Path;
import java.util.List;

/**
 * Segments of all TCP connections of this network namespace, from /proc/net/snmp and
 * /proc/net/netstat.
 *
 * @param received that came in
 * @param outOfOrder of these, before one that was still missing
 * @param sent that went out
 * @param again of these, that had gone out before
 */
public record TcpSegments(long received, long outOfOrder, long sent, long again) {
  /** Zeros where the files are not there. */
  public static TcpSegments of(Path root) {
    List<String> basic = lines(root.resolve("proc/net/snmp"));
    List<String> extended = lines(root.resolve("proc/net/netstat"));
    return new TcpSegments(
        value(basic, "Tcp:", "InSegs"),
        value(extended, "TcpExt:", "TCPOFOQueue"),
        value(basic, "Tcp:", "OutSegs"),
        value(basic, "Tcp:", "RetransSegs"));
  }

  private static List<String> lines(Path file) {
    return KernelFile.text(file).orElse("").lines().toList();
  }

  /** Each kind has a line of names, and below it one of values. */
  private static long value(List<String> lines, String kind, String name) {
    for (int i = 0; i + 1 < lines.size(); i++) {
      if (lines.get(i).startsWith(kind + " ")) {
        String[] values = lines.get(i + 1).split(" ", -1);
        int at = List.of(lines.get(i).split(" ", -1)).indexOf(name);
        return at > 0 && at < values.length ? Long.parseLong(values[at]) : 0;
      }
    }
    return 0;
  }

  /** What was counted since an earlier reading. */
  public TcpSegments since(TcpSegments earlier) {
    return new TcpSegments(
        Math.max(0, received - earlier.received),
        Math.max(0, outOfOrder - earlier.outOfOrder),
        Math.max(0, sent - earlier.sent),
        Math.max(0, again - earlier.again));
  }
}
