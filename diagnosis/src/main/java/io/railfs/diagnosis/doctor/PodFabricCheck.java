// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.fabric.facts.LowerDevices;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.facts.RdmaGid;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether the interfaces of a pod that the conf names are addresses of RDMA too (their GIDs), and
 * whether they carry packets as large as what they stand on.
 */
final class PodFabricCheck implements Check {
  private static final String GID = CheckId.POD_GID.text();
  private static final String MTU = CheckId.POD_MTU.text();

  private static final String ROCE_V2 = "RoCE v2";
  private static final int GID_BYTES = 16;
  private static final int MAPPED_ZEROS = 10;

  @Override
  public Set<CheckId> ids() {
    return Set.of(CheckId.POD_GID, CheckId.POD_MTU);
  }

  @Override
  public List<Finding> look(MachineFacts machine, RequiredSetup wanted) {
    Optional<String> annotations = PodCheck.annotations(machine.root());
    if (annotations.isEmpty()) {
      return List.of();
    }
    List<RdmaGid> gids = RdmaGid.all(machine.root());
    boolean hasVerbs = PodCheck.hasVerbs(machine.root());
    List<Finding> findings = new ArrayList<>();
    for (String name : wanted.devices()) {
      Optional<NetDevice> device = machine.device(name);
      if (device.isPresent()) {
        List<RdmaGid> own = own(gids, device.get());
        findings.add(gid(device.get(), own, hasVerbs));
        findings.add(mtu(machine, device.get(), own, annotations.get()));
      }
    }
    return findings;
  }

  private static String group(NetDevice device) {
    return "device " + device.name();
  }

  /**
   * Of IPoIB that of its port, which is part of its hardware address. Of others those of its
   * addresses: each pod has a net1, so that the name alone may be another pod's.
   */
  private static List<RdmaGid> own(List<RdmaGid> gids, NetDevice device) {
    List<String> values = device.isInfiniband() ? ofPort(device) : ofAddresses(device);
    return gids.stream()
        .filter(gid -> values.contains(gid.value()))
        .filter(gid -> device.isInfiniband() || gid.device().equals(device.name()))
        .toList();
  }

  private static List<String> ofPort(NetDevice device) {
    try {
      byte[] address = HexFormat.ofDelimiter(":").parseHex(device.hardwareAddress());
      return address.length < GID_BYTES
          ? List.of()
          : List.of(
              RdmaGid.text(
                  Arrays.copyOfRange(address, address.length - GID_BYTES, address.length)));
    } catch (IllegalArgumentException e) {
      // The driver writes something else there.
      return List.of();
    }
  }

  private static List<String> ofAddresses(NetDevice device) {
    return device.addresses().stream().flatMap(one -> gid(one).stream()).toList();
  }

  /** The GID of an IP address: itself, or mapped where it is of version 4. */
  private static Optional<String> gid(String address) {
    try {
      InetAddress parsed = InetAddress.getByName(address.replaceFirst("%.*", ""));
      byte[] bytes = parsed.getAddress();
      if (parsed instanceof Inet4Address) {
        byte[] mapped = new byte[GID_BYTES];
        Arrays.fill(mapped, MAPPED_ZEROS, MAPPED_ZEROS + 2, (byte) 0xff);
        System.arraycopy(bytes, 0, mapped, GID_BYTES - bytes.length, bytes.length);
        bytes = mapped;
      }
      return Optional.of(RdmaGid.text(bytes));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static Finding gid(NetDevice device, List<RdmaGid> own, boolean hasVerbs) {
    String group = group(device);
    Optional<RdmaGid> best =
        own.stream()
            .filter(gid -> device.isInfiniband() || gid.type().equals(ROCE_V2))
            .findFirst()
            .or(() -> own.stream().findFirst());
    if (best.isPresent()) {
      RdmaGid gid = best.get();
      String seen =
          "GID %d of %s port %d is that of %s%s"
              .formatted(
                  gid.index(),
                  gid.hca(),
                  gid.port(),
                  device.name(),
                  device.isInfiniband() ? "" : " (" + gid.type() + ")");
      return device.isInfiniband() || gid.type().equals(ROCE_V2)
          ? Finding.ok(group, GID, seen)
          : Finding.warning(
              group,
              GID,
              seen + ", and there is none of " + ROCE_V2,
              "RoCE v1 is not routed: set the adapter of the node to RoCE v2 (cma_roce_mode -d "
                  + gid.hca()
                  + " -p "
                  + gid.port()
                  + " -m 2)");
    }
    if (!hasVerbs) {
      return Finding.ok(
          group, GID, "no RDMA device is granted, so no GID is needed; RailFS speaks TCP");
    }
    return Finding.warning(
        group,
        GID,
        "no adapter of this pod has a GID of " + device.text(),
        device.isInfiniband()
            ? "the RDMA device granted is another one than %s is on, or its port has no GUID: compare master or resourceName of the rail with the device plugin's, and linkState of the network"
                .formatted(device.name())
            : "RDMA programs cannot use %s; RailFS, which speaks TCP, can: grant the device that %s is on (resourceName of the rail), with 'rdma system set netns shared' for macvlan and exclusive for SR-IOV"
                .formatted(device.name(), device.name()));
  }

  private static Finding mtu(
      MachineFacts machine, NetDevice device, List<RdmaGid> own, String annotations) {
    String group = group(device);
    String seen = "MTU " + device.mtu();
    Map<String, Integer> known = new TreeMap<>(LowerDevices.mtus(machine.root(), device.name()));
    own.forEach(gid -> known.putAll(LowerDevices.mtusOfAdapter(machine.root(), gid.hca())));
    known.remove(device.name());
    Optional<Map.Entry<String, Integer>> least =
        known.entrySet().stream().min(Map.Entry.comparingByValue());
    if (least.isPresent() && least.get().getValue() != device.mtu()) {
      return other(group, device, least.get().getKey(), least.get().getValue());
    }
    OptionalInt given = given(annotations, device.name());
    if (given.isPresent() && given.getAsInt() != device.mtu()) {
      return Finding.warning(
          group,
          MTU,
          seen + ", and Multus has made it with " + given.getAsInt(),
          "something in the pod has changed it since: delete the pod, and compare rails[].mtu of the chart with the node's device");
    }
    if (!known.isEmpty()) {
      return Finding.ok(
          group, MTU, seen + ", as " + String.join(", ", known.keySet()) + " below it");
    }
    return Finding.ok(
        group,
        MTU,
        seen
            + (given.isPresent() ? ", as Multus has made it" : "")
            + "; that of the node's device cannot be seen from this pod");
  }

  private static Finding other(String group, NetDevice device, String below, int mtu) {
    String seen = "MTU " + device.mtu();
    return mtu < device.mtu()
        ? Finding.problem(
            group,
            MTU,
            seen + ", and " + below + " below it has " + mtu,
            "larger packets are lost: run 'ip link set %s mtu %d' on the node, or set rails[].mtu: %d of the chart"
                .formatted(below, device.mtu(), mtu))
        : Finding.warning(
            group,
            MTU,
            seen + ", although " + below + " below it has " + mtu,
            "smaller packets cost processor time: set rails[].mtu: " + mtu + " of the chart");
  }

  /** What Multus says that the interface got; empty where it does not say that. */
  private static OptionalInt given(String annotations, String name) {
    Optional<String> status = PodCheck.annotation(annotations, PodCheck.STATUS);
    if (status.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      for (Config one : ConfigFactory.parseString("list = " + status.get()).getConfigList("list")) {
        boolean isIt = one.hasPath("interface") && one.getString("interface").equals(name);
        if (isIt && one.hasPath("mtu")) {
          return OptionalInt.of(one.getInt("mtu"));
        }
      }
    } catch (ConfigException e) {
      // Not what Multus writes.
      return OptionalInt.empty();
    }
    return OptionalInt.empty();
  }
}
