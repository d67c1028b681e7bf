// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static java.util.Objects.requireNonNull;

import io.netty.util.internal.PlatformDependent;
import io.railfs.fabric.Transport;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This process: its memory against its limits, its time, its threads and files. */
public final class ProcessSource implements MetricSource {
  private static final Logger log = LoggerFactory.getLogger(ProcessSource.class);

  private static final Pattern RESIDENT =
      Pattern.compile("^Vm(HWM|RSS):\\s+(\\d+) kB$", Pattern.MULTILINE);

  private final String version;
  private final long memoryLimit;
  private final long directLimit;

  /**
   * @param version of this software
   * @param memoryLimit bytes that the process may use in all
   * @param directLimit bytes of off-heap buffers, those of the network apart
   */
  public ProcessSource(String version, long memoryLimit, long directLimit) {
    this.version = requireNonNull(version, "version is null");
    this.memoryLimit = memoryLimit;
    this.directLimit = directLimit;
  }

  @Override
  public void collect(MetricSink sink) {
    sink.value(ProcessMetric.INFO, 1L, version);
    sink.value(ProcessMetric.MEMORY_LIMIT, memoryLimit);
    resident(sink);
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    sink.value(ProcessMetric.HEAP, heap.getUsed());
    sink.value(ProcessMetric.HEAP_LIMIT, heap.getMax());
    direct(sink);
    time(sink);
    sink.value(ProcessMetric.THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private static void resident(MetricSink sink) {
    try {
      Matcher lines = RESIDENT.matcher(Files.readString(Path.of("/proc/self/status")));
      while (lines.find()) {
        boolean peak = lines.group(1).equals("HWM");
        sink.value(
            peak ? ProcessMetric.RESIDENT_PEAK : ProcessMetric.RESIDENT,
            Long.parseLong(lines.group(2)) * 1024);
      }
      try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
        sink.value(ProcessMetric.OPEN_FILES, files.count());
      }
    } catch (IOException e) {
      log.debug("the kernel does not report on this process; those metrics are missing", e);
    }
  }

  private void direct(MetricSink sink) {
    long network = Math.max(0, PlatformDependent.usedDirectMemory());
    long networkLimit = PlatformDependent.maxDirectMemory();
    long all = 0;
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      if (pool.getName().equals("direct")) {
        all = pool.getMemoryUsed();
      }
    }
    sink.value(ProcessMetric.DIRECT, all, "jvm");
    sink.value(ProcessMetric.DIRECT, network, "network");
    sink.value(ProcessMetric.NETWORK_BUFFERS, Transport.BUFFERS.pinnedDirectMemory());
    sink.value(ProcessMetric.DIRECT_LIMIT, directLimit, "jvm");
    sink.value(ProcessMetric.DIRECT_LIMIT, networkLimit, "network");
  }

  private static void time(MetricSink sink) {
    long gcMillis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      gcMillis += Math.max(0, collector.getCollectionTime());
    }
    sink.value(ProcessMetric.GC, gcMillis / 1e3);
    sink.value(ProcessMetric.UPTIME, ManagementFactory.getRuntimeMXBean().getUptime() / 1e3);
    Duration processor = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    sink.value(ProcessMetric.CPU, processor.toNanos() / 1e9);
  }
}
