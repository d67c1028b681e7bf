// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.bench;

import com.typesafe.config.Config;
import io.railfs.client.ClientSettings;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.connect.ClusterClient;
import io.railfs.client.probe.DataRoutes;
import io.railfs.client.probe.PathFacts;
import io.railfs.client.probe.ProbeConnection;
import io.railfs.client.probe.ProbeException;
import io.railfs.client.probe.ProbeTarget;
import io.railfs.client.probe.RailProbe;
import io.railfs.client.probe.Throughput;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Trust;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** What the network alone carries from each worker over each rail, one after the other. */
public final class Baseline {
  private final Transport transport;
  private final Trust trust;
  private final ClientSettings settings;
  private final String rpcDevice;

  /**
   * One rail to one worker.
   *
   * @param worker its rpc endpoint
   * @param device empty where the kernel routes
   * @param address of its data service
   * @param connections used at once
   * @param roundTripNanos median of one question and its answer, before the transfer
   * @param done the transfer
   * @param path what the kernel knows of the way; empty without epoll
   */
  public record Rail(
      Endpoint worker,
      String device,
      InetSocketAddress address,
      int connections,
      long roundTripNanos,
      Throughput done,
      Optional<PathFacts> path) {}

  /**
   * @param transport not owned
   * @param trust not owned
   * @param config a mount's
   */
  public Baseline(Transport transport, Trust trust, Config config) {
    this.transport = transport;
    this.trust = trust;
    this.settings = ClientSettings.of(config);
    this.rpcDevice = settings.rpcDevices().stream().findFirst().orElse("");
  }

  private List<Endpoint> workers() throws IOException {
    try {
      return ClusterClient.look(settings);
    } catch (ClusterException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * Measures.
   *
   * @param time for each rail of each worker
   * @param connections of each rail; 0 for those of the conf
   * @param progress takes the bytes of the present rail so far
   * @throws IOException naming the worker that cannot be measured
   */
  public List<Rail> measure(Duration time, int connections, LongConsumer progress)
      throws IOException, InterruptedException {
    List<Rail> results = new ArrayList<>();
    for (Endpoint worker : workers()) {
      try {
        for (DataRoutes.DataRoute way : ways(worker)) {
          InetSocketAddress target =
              new InetSocketAddress(way.endpoint().host(), way.endpoint().port());
          int count = connections > 0 ? connections : settings.dataConnections();
          results.add(
              rail(
                  worker,
                  new ProbeTarget(target, worker.host(), way.device()),
                  count,
                  time,
                  progress));
        }
      } catch (ProbeException e) {
        throw new IOException(
            "worker "
                + worker
                + " cannot be measured: "
                + e.getMessage()
                + "; 'railfs doctor' looks for the cause",
            e);
      }
    }
    return results;
  }

  private List<DataRoutes.DataRoute> ways(Endpoint worker)
      throws ProbeException, InterruptedException {
    try (ProbeConnection connection =
        ProbeConnection.openAny(
            transport, trust, ProbeTarget.all(worker, rpcDevice), settings.connectTimeout())) {
      return DataRoutes.of(connection.hello(), connection.remoteAddress(), settings.dataDevices());
    }
  }

  private Rail rail(
      Endpoint worker, ProbeTarget target, int connections, Duration time, LongConsumer progress)
      throws ProbeException, InterruptedException {
    try (RailProbe probe =
        RailProbe.open(transport, trust, target, connections, settings.connectTimeout())) {
      long roundTrip = probe.first().roundTripNanos();
      Throughput done = probe.transfer(time, progress);
      return new Rail(
          worker, target.device(), target.address(), connections, roundTrip, done, probe.path());
    }
  }
}
