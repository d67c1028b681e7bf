// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Two hosts made of network namespaces, one for a worker and one for a mount, joined by three
 * cables: ib0 (10.91.0.0/24), ib1 (10.92.0.0/24) and eth0 (10.93.0.0/24); the worker is .1 and the
 * mount .2 on each. Closing it ends what runs there and removes them.
 *
 * <p>{@code ip netns exec} gives a program its own view of the mounts: what looks at the RailFS
 * mount enters the namespaces of the process that serves it.
 */
final class RailLab implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  static final List<String> DEVICES = List.of("ib0", "ib1", "eth0");

  final MountEnvironment playground = MountEnvironment.create();
  private final String suffix = ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  final String workerHost = "railfs-w-" + suffix;
  final String mountHost = "railfs-m-" + suffix;

  RailLab() {
    try {
      Shell.bash(
              """
              set -e
              for ns in $1 $2; do
                ip netns add $ns
                # Nothing but what the test sends is on the cables.
                ip netns exec $ns sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;
                  echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up'
              done
              n=91
              for device in ib0 ib1 eth0; do
                ip link add $device netns $1 type veth peer name $device netns $2
                ip -n $1 address add 10.$n.0.1/24 dev $device
                ip -n $2 address add 10.$n.0.2/24 dev $device
                ip -n $1 link set $device up
                ip -n $2 link set $device up
                n=$((n + 1))
              done
              """,
              workerHost,
              mountHost)
          .ok();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Writes the conf files; the rpc service is reached at this address of the worker. */
  void writeConf(String rpcAddress, String mountSettings, String workerSettings) {
    playground.writeConf(
        "railfs.workers = [\""
            + rpcAddress
            + ":"
            + playground.rpcPort
            + "\"]\nrailfs.client.data { connections = 2, transport = tcp }\n"
            + mountSettings,
        "railfs.worker.rpc.bind.host = \"\"\nrailfs.worker.data.bind.host = \"\"\n"
            + workerSettings);
  }

  /** Runs bin/railfs on one of the hosts. */
  Shell.Result railfs(String host, Object... words) {
    List<String> command =
        new ArrayList<>(List.of("ip", "netns", "exec", host, RailfsProcess.PATH.toString()));
    Stream.of(words).map(Object::toString).forEach(command::add);
    return Shell.run(
        MountEnvironment.LIMIT,
        Map.of("RAILFS_CONF_DIR", playground.conf.toString()),
        playground.logs,
        command);
  }

  void start() {
    railfs(workerHost, "worker", "start").ok();
    railfs(mountHost, "mount", playground.mountpoint).ok();
  }

  /** Runs a bash script with arguments $1, $2, ... where the mount is seen. */
  Shell.Result inMount(String script, Object... arguments) {
    return Shell.run(
        Duration.ofMinutes(2), Map.of(), playground.logs, inMountWords(script, arguments));
  }

  List<String> inMountWords(String script, Object... arguments) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "nsenter",
                "-t",
                String.valueOf(playground.mountPid()),
                "-m",
                "-n",
                "env",
                "RAILFS_CONF_DIR=" + playground.conf,
                "bash",
                "-c",
                script,
                "bash"));
    Stream.of(arguments).map(Object::toString).forEach(words::add);
    return words;
  }

  /** The sha256 of a file as the mount gives it. */
  String sum(String file) {
    return inMount("sha256sum < \"$1\"", playground.mountpoint.resolve(file)).ok().out();
  }

  /** The sha256 that it should have. */
  String expected(String file) {
    Path path = playground.dataset.resolve(file);
    return Shell.bash("sha256sum < \"$1\"", path).ok().out();
  }

  /** Bytes that the mount's host has received over a device, by the kernel's count. */
  long received(String device) {
    return counter(device, "rx_bytes");
  }

  /** Bytes that the mount's host has sent over a device, by the kernel's count. */
  long sent(String device) {
    return counter(device, "tx_bytes");
  }

  private long counter(String device, String name) {
    String path = "/sys/class/net/" + device + "/statistics/" + name;
    return Long.parseLong(
        Shell.bash("ip netns exec $1 cat $2", mountHost, path).ok().out().strip());
  }

  /** ip(8) on a host. */
  void ip(String host, String words) {
    Shell.bash("ip -n $1 " + words, host).ok();
  }

  /** Pulls a cable, or puts it back. */
  void link(String device, boolean up) {
    ip(workerHost, "link set " + device + (up ? " up" : " down"));
  }

  /** Loses everything on a cable, in both directions, while both ends see its link up. */
  void drop(String device) {
    Shell.bash(
            """
            set -e
            nft() { ip netns exec $host nft "$*"; }
            host=$1
            nft add table inet cut
            nft 'add chain inet cut in { type filter hook input priority 0; }'
            nft 'add chain inet cut out { type filter hook output priority 0; }'
            nft add rule inet cut in iifname $2 drop
            nft add rule inet cut out oifname $2 drop
            """,
            workerHost,
            device)
        .ok();
  }

  /** Slows what the worker sends over a device down to about so many MB a second. */
  void shape(String device, int megabytes) {
    Shell.bash(
            "ip netns exec $1 tc qdisc replace dev $2 root tbf rate $3mbit burst 256k latency 50ms",
            workerHost,
            device,
            megabytes * 8)
        .ok();
  }

  @Override
  public void close() {
    try {
      playground.close();
    } finally {
      Shell.bash(
          "for ns in $1 $2; do for p in $(ip netns pids $ns); do kill -9 $p; done;"
              + " ip netns delete $ns; done",
          workerHost,
          mountHost);
    }
  }
}
