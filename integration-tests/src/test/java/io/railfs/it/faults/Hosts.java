// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import io.railfs.it.Shell;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hosts made of network namespaces on three switches: ib0 (10.91.0.0/24), ib1 (10.92.0.0/24), and
 * eth0 (10.93.0.0/24) for all that is no rail. Workers are .1, .2, ..., the mount is .100. The
 * switches are in a namespace of their own, which is .254 on eth0. Nothing of it touches the
 * networks of the machine; closing it removes it.
 */
final class Hosts implements AutoCloseable {
  static final List<String> RAILS = List.of("ib0", "ib1");
  static final int SWITCH = 254;
  static final int MOUNT = 100;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String prefix =
      "railfs-f" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet() + "-";
  private final List<String> names = new ArrayList<>();

  Hosts(int workers) {
    try {
      makeSwitches();
      for (int i = 1; i <= workers; i++) {
        join(i);
      }
      join(MOUNT);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The namespace of a host. */
  String name(int host) {
    return prefix + host;
  }

  /** Of a host, on the network for all that is no rail. */
  static String address(int host) {
    return "10.93.0." + host;
  }

  private void makeSwitches() {
    String name = name(SWITCH);
    names.add(name);
    Shell.bash(
            """
            set -e
            ip netns add $1
            for bridge in ib0 ib1 eth0; do
              ip -n $1 link add br-$bridge type bridge
              ip -n $1 link set br-$bridge up
            done
            ip -n $1 address add 10.93.0.254/24 dev br-eth0
            ip -n $1 link set lo up
            """,
            name)
        .ok();
  }

  private void join(int host) {
    String name = name(host);
    names.add(name);
    Shell.bash(
            """
            set -e
            ip netns add $2
            ip netns exec $2 sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;
              echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up'
            n=91
            for device in ib0 ib1 eth0; do
              ip link add $device netns $2 type veth peer name $device-$3 netns $1
              ip -n $1 link set $device-$3 master br-$device up
              ip -n $2 address add 10.$n.0.$3/24 dev $device
              ip -n $2 link set $device up
              n=$((n + 1))
            done
            """,
            name(SWITCH),
            name,
            host)
        .ok();
  }

  /** Words that run a program on a host. */
  List<String> words(int host, String... program) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name(host)));
    words.addAll(List.of(program));
    return words;
  }

  /** Runs a bash script on a host, with arguments $1, $2, ... */
  void run(int host, String script, Object... arguments) {
    Object[] all = new Object[arguments.length + 2];
    all[0] = name(host);
    all[1] = script;
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    Shell.bash("ip netns exec \"$1\" bash -c \"$2\" bash \"${@:3}\"", all).ok();
  }

  /** Pulls a host's cable, or puts it back. */
  void link(int host, String device, boolean up) {
    run(host, "ip link set $1 $2", device, up ? "up" : "down");
  }

  /**
   * Puts one rule before what a host sends, and another before what it gets, over a device.
   *
   * @param what happens with the packets that match, in nft's words
   */
  void filter(int host, String device, String what) {
    run(
        host,
        """
        set -e
        nft add table inet fault
        nft "add chain inet fault in { type filter hook input priority 0; }"
        nft "add chain inet fault out { type filter hook output priority 0; }"
        nft "add rule inet fault in iifname $1 $2"
        nft "add rule inet fault out oifname $1 $2"
        """,
        device,
        what);
  }

  /** Takes {@link #filter} back. */
  void unfilter(int host) {
    run(host, "nft delete table inet fault");
  }

  /** Slows what a host sends over a device down to about so many Mbit a second. */
  void shape(int host, String device, int megabits) {
    run(
        host,
        "tc qdisc replace dev $1 root tbf rate $2mbit burst 64k latency 100ms",
        device,
        megabits);
  }

  /** Takes {@link #shape} back. */
  void unshape(int host, String device) {
    run(host, "tc qdisc del dev $1 root", device);
  }

  @Override
  public void close() {
    for (String name : names) {
      Shell.bash("for p in $(ip netns pids $1); do kill -9 $p; done; ip netns delete $1", name);
    }
    names.clear();
  }
}
