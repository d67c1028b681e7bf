// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.InterfaceErrors;
import io.railfs.fabric.facts.NetDevice;
import io.railfs.fabric.facts.PortCounters;
import io.railfs.fabric.facts.Softnet;
import io.railfs.fabric.facts.TcpSegments;
import io.railfs.fabric.facts.Traffic;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What went wrong while bytes moved over a rail: the counters of errors and congestion of its port,
 * the packets that its interface and the processors have lost, before and after.
 */
final class ErrorGrowth {
  /** Of all packets; a few are lost wherever windows are found out. */
  private static final double NOTABLE = 0.001;

  /** Of all packets; a lossless fabric has none, and a busy machine some. */
  private static final double LOSSY = 0.01;

  private final Path root;
  private final String device;
  private final Optional<HcaPort> port;
  private final Optional<PortCounters> portBefore;
  private final InterfaceErrors lostBefore;
  private final Softnet processorsBefore;
  private final TcpSegments segmentsBefore;
  private final long bytesBefore;
  private final int mtu;

  /**
   * Whether it is the loopback device: nothing is lost there, but packets of one connection
   * overtake each other between processors.
   */
  private final boolean loopback;

  private ErrorGrowth(MachineFacts machine, String device) {
    this.root = machine.root();
    this.device = device;
    this.port = machine.device(device).flatMap(machine::port);
    this.portBefore = port.map(one -> PortCounters.of(root, one));
    this.lostBefore = InterfaceErrors.of(root, device);
    this.processorsBefore = Softnet.of(root);
    this.segmentsBefore = TcpSegments.of(root);
    this.bytesBefore = bytes();
    Optional<NetDevice> carrier = machine.device(device);
    this.mtu = carrier.map(NetDevice::mtu).filter(size -> size > 0).orElse(1_500);
    this.loopback = carrier.filter(NetDevice::isLoopback).isPresent();
  }

  /**
   * Reads the counters before the transfer.
   *
   * @param device that carries it
   */
  static ErrorGrowth start(MachineFacts machine, String device) {
    return new ErrorGrowth(machine, device);
  }

  private long bytes() {
    return Traffic.all(root).getOrDefault(device, new Traffic(0, 0)).received();
  }

  /** Reads them again. */
  Finding finish(String group) {
    PortCounters grown =
        portBefore
            .map(before -> PortCounters.of(root, port.orElseThrow()).since(before))
            .orElse(new PortCounters(Map.of()));
    InterfaceErrors lost = InterfaceErrors.of(root, device).since(lostBefore);
    return judge(
        group,
        grown,
        lost,
        Softnet.of(root).since(processorsBefore),
        TcpSegments.of(root).since(segmentsBefore));
  }

  private Finding judge(
      String group,
      PortCounters grown,
      InterfaceErrors lost,
      Softnet packets,
      TcpSegments segments) {
    List<String> seen = new ArrayList<>();
    Map<String, Object> numbers = new LinkedHashMap<>(grown.values());
    numbers.putAll(lost.lost());
    numbers.put("backlog_dropped", packets.dropped());
    numbers.put("tcp_out_of_order", segments.outOfOrder());
    numbers.put("tcp_sent_again", segments.again());
    String advice = "";
    if (!grown.errors().isEmpty()) {
      seen.add(PortErrorsCheck.text(grown.errors()) + " more on " + port.orElseThrow().name());
      advice =
          "replace the cable, or try another port of the switch: 'ibqueryerrors' shows which end"
              + " counts too";
    }
    if (grown.get(PortCounters.WAIT) > grown.get(PortCounters.SENT)) {
      seen.add(
          "port_xmit_wait grew by %d for %d packets: the fabric is congested"
              .formatted(grown.get(PortCounters.WAIT), grown.get(PortCounters.SENT)));
      advice =
          advice.isEmpty()
              ? "look with 'ibqueryerrors --data' for the port of a switch that waits most"
              : advice;
    }
    if (lost.total() > lost.received() * NOTABLE) {
      seen.add(PortErrorsCheck.text(new TreeMap<>(lost.lost())) + " more on " + device);
      advice =
          advice.isEmpty()
              ? "run 'ethtool -S %1$s | grep -E \"drop|err|discard\"', and give it more room: 'ethtool"
                      .formatted(device)
                  + " -G "
                  + device
                  + " rx 8192'"
              : advice;
    }
    if (packets.dropped() > packets.processed() * NOTABLE) {
      seen.add(packets.dropped() + " packets more that the processors had no room for");
      advice = advice.isEmpty() ? "run 'sysctl -w net.core.netdev_max_backlog=250000'" : advice;
    }
    // The kernel counts segments after it has joined the packets of many.
    long whole = (bytes() - bytesBefore) / mtu;
    if (!loopback && segments.outOfOrder() > whole * LOSSY) {
      seen.add(
          ("%d TCP segments came out of order for %d full packets: packets were lost on the way, or"
                  + " overtook one another")
              .formatted(segments.outOfOrder(), whole));
      advice =
          advice.isEmpty()
              ? "run 'nstat TcpRetransSegs TcpExtTCPDSACKRecv' on the worker during 'railfs bench"
                  + " net': if much more was sent again than came back as a duplicate, packets are"
                  + " lost; look at the ports of the switches between"
              : advice;
    }
    return Finding.of(
            seen.isEmpty() ? Level.OK : Level.WARNING,
            group,
            CheckId.RAIL_ERRORS.text(),
            seen.isEmpty() ? fine(grown, lost) : String.join("; ", seen),
            advice)
        .with(numbers);
  }

  private String fine(PortCounters grown, InterfaceErrors lost) {
    String few =
        lost.total() == 0
            ? "no packet lost on " + device
            : "%d of %d packets lost on %s".formatted(lost.total(), lost.received(), device);
    return port.filter(one -> !grown.values().isEmpty())
        .map(
            one ->
                "%s; no error more on %s, port_xmit_wait %d more"
                    .formatted(few, one.name(), grown.get(PortCounters.WAIT)))
        .orElse(few);
  }
}
