// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.diagnosis.bench.Bottleneck;
import io.railfs.diagnosis.bench.WorkloadPlan;
import io.railfs.diagnosis.bench.WorkloadResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The answer of railfs bench read.
 *
 * @param file as it was named or found
 * @param mounted whether it was read below a mount, not straight through the client
 * @param baseline bytes a second that the network carries alone, the sum of all rails and workers
 */
record ReadBench(
    String file,
    boolean mounted,
    WorkloadPlan plan,
    WorkloadResult result,
    double baseline,
    Bottleneck limit) {

  static void print(ReadBench bench, boolean json) {
    if (json) {
      JsonOutput.print(bench.toJson());
      return;
    }
    TextTable table =
        new TextTable("FILE", "THROUGH", "STREAMS", "ORDER", "BLOCK", "RATE", "READS/S");
    table.add(
        List.of(
            bench.file,
            bench.mounted ? "mount" : "client",
            String.valueOf(bench.plan.streams()),
            bench.plan.random() ? "random" : "sequential",
            HumanReadable.bytes(bench.plan.blockSize()),
            HumanReadable.rate(bench.result.bytesPerSecond()),
            String.format(Locale.US, "%.0f", bench.result.readsPerSecond())));
    table.print();
    System.out.println();
    line(
        "one read",
        HumanReadable.millis(bench.result.medianNanos())
            + " in the middle, "
            + HumanReadable.millis(bench.result.p99Nanos())
            + " for the slowest of a hundred");
    line("network alone", HumanReadable.rate(bench.baseline));
    line(
        "processors",
        String.format(Locale.US, "%.0f %% busy", bench.result.processorShare() * 100));
    line("limit", bench.limit.text());
  }

  private static void line(String name, String value) {
    System.out.println(name + " ".repeat(15 - name.length()) + value);
  }

  private Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("file", file);
    json.put("through", mounted ? "mount" : "client");
    json.put("streams", plan.streams());
    json.put("order", plan.random() ? "random" : "sequential");
    json.put("block_bytes", plan.blockSize());
    json.put("region_bytes", plan.region());
    json.put("bytes", result.bytes());
    json.put("reads", result.reads());
    json.put("nanos", result.nanos());
    json.put("bytes_per_second", (long) result.bytesPerSecond());
    json.put("reads_per_second", (long) result.readsPerSecond());
    json.put("median_nanos", result.medianNanos());
    json.put("p99_nanos", result.p99Nanos());
    json.put("processor_share", result.processorShare());
    json.put("network_bytes_per_second", (long) baseline);
    json.put("limit", limit.label());
    return json;
  }
}
