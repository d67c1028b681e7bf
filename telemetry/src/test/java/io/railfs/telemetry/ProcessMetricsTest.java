// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessMetricsTest {
  @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  @Test
  void portsOfAdaptersAndNamedDevicesAreCountedFromSysfs() throws IOException {
    file("sys/class/infiniband/mlx5_0/ports/1/state", "4: ACTIVE");
    file("sys/class/infiniband/mlx5_0/ports/1/link_layer", "InfiniBand");
    file("sys/class/infiniband/mlx5_0/ports/1/counters/port_rcv_data", "1165");
    file("sys/class/infiniband/mlx5_0/ports/1/counters/port_xmit_data", "583");
    file("sys/class/infiniband/mlx5_1/ports/2/state", "1: DOWN");
    file("sys/class/infiniband/mlx5_1/ports/2/link_layer", "Ethernet");
    file("sys/class/infiniband/mlx5_0/ports/1/gid_attrs/ndevs/0", "nosuchdev0");
    file("sys/class/infiniband/rxe0/ports/1/gid_attrs/ndevs/0", "gone0");
    file("sys/class/net/nosuchdev0/statistics/rx_bytes", "4660");
    file("sys/class/net/nosuchdev0/statistics/tx_bytes", "2330");
    file("sys/class/net/other0/statistics/rx_bytes", "1");

    MetricSource source = new NetworkSource(root, Set.of("nosuchdev0", "gone0"));
    assertThat(new Metrics(List.of(source)).scrape().lines())
        .contains(
            "railfs_infiniband_port_bytes_total{direction=\"in\",hca=\"mlx5_0\",port=\"1\"} 4660.0",
            "railfs_infiniband_port_bytes_total{direction=\"out\",hca=\"mlx5_0\",port=\"1\"} 2332.0",
            "railfs_infiniband_port_active{hca=\"mlx5_0\",link_layer=\"infiniband\",port=\"1\"} 1.0",
            "railfs_infiniband_port_active{hca=\"mlx5_1\",link_layer=\"ethernet\",port=\"2\"} 0.0",
            "railfs_device_bytes_total{device=\"nosuchdev0\",direction=\"in\"} 4660.0",
            "railfs_device_bytes_total{device=\"nosuchdev0\",direction=\"out\"} 2330.0",
            "railfs_device_port_bytes_total{device=\"nosuchdev0\",direction=\"in\",hca=\"mlx5_0\",port=\"1\"} 4660.0",
            "railfs_device_port_bytes_total{device=\"nosuchdev0\",direction=\"out\",hca=\"mlx5_0\",port=\"1\"} 2332.0",
            "railfs_device_usable{device=\"gone0\"} 0.0")
        .as("soft-RoCE does not count")
        .noneMatch(line -> line.contains("rxe0") && line.contains("bytes"))
        .noneMatch(line -> line.contains("other0"))
        .noneMatch(line -> line.contains("mlx5_1") && line.contains("bytes"));
  }

  @Test
  void memoryIsToldAgainstItsLimits() {
    Metrics metrics = new Metrics(List.of(new ProcessSource("1.2.3", 5L << 30, 3L << 30)));
    String text = metrics.scrape();
    assertThat(text).contains("railfs_build_info{version=\"1.2.3\"} 1");
    assertThat(value(text, "railfs_process_memory_limit_bytes")).isEqualTo(5L << 30);
    assertThat(value(text, "railfs_process_resident_bytes")).isGreaterThan(10_000_000);
    assertThat(value(text, "railfs_process_resident_peak_bytes"))
        .isGreaterThanOrEqualTo(value(text, "railfs_process_resident_bytes"));
    assertThat(value(text, "railfs_process_heap_bytes"))
        .isBetween(1.0, value(text, "railfs_process_heap_limit_bytes"));
    assertThat(value(text, "railfs_process_cpu_seconds_total")).isPositive();
    assertThat(value(text, "railfs_process_open_files")).isGreaterThan(3);
  }

  private static double value(String text, String name) {
    Matcher matcher = Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(text);
    assertThat(matcher.find()).as(name).isTrue();
    return Double.parseDouble(matcher.group(1));
  }
}
