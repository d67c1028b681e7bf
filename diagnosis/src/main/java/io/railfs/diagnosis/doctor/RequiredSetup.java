// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueType;
import io.railfs.fabric.BindDevices;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the conf asks of this machine.
 *
 * @param rails devices of a mount's data connections; empty where the kernel routes
 * @param rpcDevices devices of a mount's rpc connections; empty where the kernel routes
 * @param devices all devices that mount or worker are bound to here
 * @param requireInfiniband whether they must be InfiniBand
 * @param allowOther whether other users may use the mount
 * @param readahead bytes that the kernel shall read ahead
 * @param openFiles descriptors that a worker of this machine may need; 0 without a worker's conf
 * @param rdmaMemory bytes that a mount pins where it uses RDMA
 * @param namesRdma whether the conf names it as a transport, and does not leave it to what there is
 * @param ports of TCP that workers listen at, as far as the conf names them
 */
record RequiredSetup(
    List<String> rails,
    List<String> rpcDevices,
    Set<String> devices,
    boolean requireInfiniband,
    boolean allowOther,
    long readahead,
    long openFiles,
    long rdmaMemory,
    boolean namesRdma,
    Set<Integer> ports) {
  private static final String REQUIRE = "railfs.fabric.require-infiniband";
  private static final List<String> CLIENT =
      List.of("railfs.client.data.bind.device", "railfs.client.rpc.bind.device");
  private static final List<String> WORKER =
      List.of("railfs.worker.data.bind.device", "railfs.worker.rpc.bind.device");

  private static final List<String> PORTS =
      List.of("railfs.worker.data.bind.port", "railfs.worker.rpc.bind.port");
  private static final Pattern PORT = Pattern.compile(":(\\d{1,5})$");

  RequiredSetup {
    requireNonNull(rails, "rails is null");
    requireNonNull(rpcDevices, "rpcDevices is null");
    requireNonNull(devices, "devices is null");
    ports = Collections.unmodifiableSet(new TreeSet<>(ports));
  }

  /**
   * Reads the conf.
   *
   * @param worker that of a worker on this machine, where there is one
   */
  static RequiredSetup of(Config mount, Optional<Config> worker) {
    Set<String> devices = new LinkedHashSet<>();
    CLIENT.forEach(key -> devices.addAll(BindDevices.of(mount, key, key)));
    worker.ifPresent(conf -> WORKER.forEach(key -> devices.addAll(BindDevices.of(conf, key, key))));
    return new RequiredSetup(
        BindDevices.of(mount, CLIENT.get(0), CLIENT.get(0)),
        BindDevices.of(mount, CLIENT.get(1), CLIENT.get(1)),
        devices,
        isTrue(mount, REQUIRE) || worker.filter(conf -> isTrue(conf, REQUIRE)).isPresent(),
        mount.getBoolean("railfs.mount.allow-other"),
        mount.getBytes("railfs.mount.readahead"),
        worker.map(RequiredSetup::openFiles).orElse(0L),
        mount.getBytes("railfs.client.data.rdma.memory"),
        words(mount, "railfs.client.data.transport").contains("rdma"),
        ports(mount, worker));
  }

  /** Those of the workers' rpc services, and of the data services where they are as usual. */
  private static Set<Integer> ports(Config mount, Optional<Config> worker) {
    Set<Integer> ports = new TreeSet<>();
    for (String key : PORTS) {
      ports.add(worker.orElse(mount).getInt(key));
    }
    for (String text : words(mount, "railfs.workers")) {
      Matcher port = PORT.matcher(text);
      if (port.find()) {
        ports.add(Integer.valueOf(port.group(1)));
      }
    }
    return ports;
  }

  /** Of a list, or a text with commas. */
  private static List<String> words(Config config, String key) {
    List<String> words =
        config.getValue(key).valueType() == ConfigValueType.LIST
            ? config.getStringList(key)
            : Arrays.asList(config.getString(key).split(",", -1));
    return words.stream().map(String::strip).toList();
  }

  /** A worker keeps block files open up to a third; the rest is for connections. */
  private static long openFiles(Config worker) {
    return 3 * worker.getLong("railfs.worker.store.open-files");
  }

  private static boolean isTrue(Config config, String key) {
    return config.hasPath(key) && config.getBoolean(key);
  }

  /**
   * Whether the machine must have InfiniBand: it is required, or a device that is named is not
   * here.
   */
  boolean needsInfiniband(MachineFacts machine) {
    return requireInfiniband
        || devices.stream().anyMatch(name -> machine.device(name).isEmpty())
        || devices.stream()
            .anyMatch(name -> machine.device(name).filter(d -> d.isInfiniband()).isPresent());
  }
}
