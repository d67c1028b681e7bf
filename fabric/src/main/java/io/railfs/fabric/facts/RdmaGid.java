// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.facts;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One address that RDMA programs can use: an entry of the GID table of an adapter's port
 * (/sys/class/infiniband/HCA/ports/N/gids and gid_attrs).
 *
 * @param hca the adapter, such as mlx5_0
 * @param port from 1
 * @param index in the table, which programs name
 * @param value eight groups of four hexadecimal digits
 * @param type "IB/RoCE v1" or "RoCE v2"; empty where the kernel does not say
 * @param device the network interface that it belongs to, by its name in whatever network namespace
 *     that is; empty with InfiniBand
 */
public record RdmaGid(String hca, int port, int index, String value, String type, String device) {
  private static final String NONE = "0000:0000:0000:0000:0000:0000:0000:0000";
  private static final int GROUP_DIGITS = 4;

  public RdmaGid {
    requireNonNull(value, "value is null");
  }

  /** The entries of all ports that are set; none where there is no adapter. */
  public static List<RdmaGid> all(Path root) {
    return KernelFile.entries(root.resolve("sys/class/infiniband")).stream()
        .flatMap(hca -> KernelFile.entries(hca.resolve("ports")).stream())
        .flatMap(
            port ->
                KernelFile.entries(port.resolve("gids")).stream()
                    .flatMap(gid -> read(port, KernelFile.name(gid)).stream()))
        .toList();
  }

  private static Optional<RdmaGid> read(Path port, String index) {
    return KernelFile.text(port.resolve("gids").resolve(index))
        .filter(value -> !value.equals(NONE))
        .map(
            value ->
                new RdmaGid(
                    KernelFile.name(port.resolve("../..").normalize()),
                    Integer.parseInt(KernelFile.name(port)),
                    Integer.parseInt(index),
                    value.toLowerCase(Locale.ROOT),
                    attribute(port, "types", index),
                    attribute(port, "ndevs", index)));
  }

  private static String attribute(Path port, String name, String index) {
    return KernelFile.text(port.resolve("gid_attrs").resolve(name).resolve(index)).orElse("");
  }

  /** As the table writes an address of 16 bytes. */
  public static String text(byte[] address) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < address.length; i++) {
      if (i > 0 && 2 * i % GROUP_DIGITS == 0) {
        text.append(':');
      }
      text.append("%02x".formatted(address[i]));
    }
    return text.toString();
  }
}
