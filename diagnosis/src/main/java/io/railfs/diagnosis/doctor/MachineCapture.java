// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.KernelFile;
import io.railfs.fabric.facts.NetDevice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files of the kernel that the checks read, and what programs of the system print beside them,
 * for somebody who cannot look at the machine. Files keep their paths, so that what was captured
 * can be looked at as a machine of its own. Settings of networks are not in it: they hold keys of
 * others.
 */
public final class MachineCapture {
  private static final int MAX_FILE = 256 << 10;

  private static final List<String> FILES =
      List.of(
          "etc/os-release",
          "etc/fuse.conf",
          "etc/modules-load.d/*",
          "proc/version",
          "proc/loadavg",
          "proc/meminfo",
          "proc/modules",
          "proc/interrupts",
          "proc/self/{limits,status,cgroup}",
          "proc/net/{dev,route,arp,if_inet6,softnet_stat,snmp,netstat,sockstat}",
          "proc/sys/net/core/{rmem_max,wmem_max,netdev_max_backlog,default_qdisc}",
          "proc/sys/net/ipv4/{tcp_rmem,tcp_wmem,tcp_congestion_control,tcp_window_scaling}",
          "proc/sys/net/ipv4/{tcp_mtu_probing,tcp_slow_start_after_idle}",
          "proc/sys/net/ipv4/conf/*/{rp_filter,arp_ignore,arp_announce}",
          "proc/sys/net/ipv4/neigh/default/gc_thresh*",
          "proc/sys/net/netfilter/nf_conntrack_{count,max}",
          "sys/class/infiniband/*/{node_desc,node_guid,hca_type,board_id,fw_ver}",
          "sys/class/infiniband/*/device/{class,vendor,device,numa_node,local_cpulist,aer_dev_*}",
          "sys/class/infiniband/*/device/{current,max}_link_{speed,width}",
          "sys/class/infiniband/*/ports/*/{state,phys_state,link_layer,rate,lid,sm_lid,cap_mask}",
          "sys/class/infiniband/*/ports/*/counters/*",
          "sys/class/infiniband/*/ports/*/hw_counters/*",
          "sys/class/infiniband/*/ports/*/pkeys/?",
          "sys/class/infiniband/*/ports/*/gids/?",
          "sys/class/infiniband/*/ports/*/gid_attrs/types/?",
          "sys/class/net/*/{type,flags,operstate,mtu,mode,pkey,address,name_assign_type}",
          "sys/class/net/*/{dev_port,dev_id,speed,tx_queue_len,carrier_changes}",
          "sys/class/net/*/statistics/*",
          "sys/devices/system/cpu/online",
          "sys/devices/system/cpu/cpu0/cpufreq/{scaling_governor,scaling_driver}",
          "sys/devices/system/node/*/cpulist",
          "sys/module/{mlx5_core,ib_ipoib,ib_core}/{version,taint}",
          "sys/module/ib_ipoib/parameters/*");

  private MachineCapture() {}

  /**
   * Captures; takes some tenths of a second.
   *
   * @param root "/", or a tree of the same shape
   * @return contents by path: files below "machine", what programs printed below "programs"
   */
  public static Map<String, byte[]> of(Path root) {
    Map<String, byte[]> captured = new TreeMap<>();
    for (String pattern : FILES) {
      for (Path file : matching(root, List.of(pattern.split("/", -1)))) {
        byte[] content = content(file);
        if (content.length > 0) {
          captured.put("machine/" + root.relativize(file), content);
        }
      }
    }
    for (String[] words : programs(root)) {
      SystemProgram.output(root, words)
          .ifPresent(
              text ->
                  captured.put(
                      "programs/" + String.join(" ", words).replace('/', '_'),
                      text.getBytes(UTF_8)));
    }
    return captured;
  }

  private static List<String[]> programs(Path root) {
    List<String[]> programs = new ArrayList<>();
    programs.add(new String[] {"uname", "-a"});
    programs.add(new String[] {"ip", "-d", "address"});
    programs.add(new String[] {"ip", "route", "show", "table", "all"});
    programs.add(new String[] {"ip", "rule"});
    programs.add(new String[] {"ip", "neighbour"});
    programs.add(new String[] {"nft", "list", "ruleset"});
    programs.add(new String[] {"ibstat"});
    programs.add(new String[] {"ofed_info", "-s"});
    for (NetDevice device : NetDevice.all(root, name -> List.of())) {
      if (!device.virtual()) {
        for (String option : List.of("-i", "-g", "-k", "-l", "-S")) {
          programs.add(new String[] {"ethtool", option, device.name()});
        }
      }
    }
    for (HcaPort port : HcaPort.all(root)) {
      if (port.isInfiniband()) {
        String number = String.valueOf(port.number());
        programs.add(
            new String[] {
              "ibportstate", "-C", port.hca(), "-P", number, "-D", "0", number, "query"
            });
        programs.add(
            new String[] {
              "smpquery", "-C", port.hca(), "-P", number, "-D", "nodeinfo", "0," + number
            });
        programs.add(new String[] {"sminfo", "-C", port.hca(), "-P", number});
      }
    }
    return programs;
  }

  /** The files whose path has parts as these patterns, links on the way followed. */
  private static List<Path> matching(Path directory, List<String> parts) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, parts.get(0))) {
      for (Path entry : entries) {
        if (parts.size() > 1) {
          found.addAll(matching(entry, parts.subList(1, parts.size())));
        } else if (Files.isRegularFile(entry)) {
          found.add(entry);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // There is no such directory on this machine, or not any more.
      return found;
    }
    return found;
  }

  /**
   * The kernel's files have no size before they are read; those that it refuses have no content.
   */
  private static byte[] content(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_FILE);
    } catch (IOException e) {
      return KernelFile.text(file).orElse("").getBytes(UTF_8);
    }
  }
}
