// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueType;
import io.railfs.base.Units;
import io.railfs.fabric.BindDevices;
import io.railfs.fabric.FabricSettings;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.membership.MembershipSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings under {@code railfs.workers} and {@code railfs.client}, whose meaning stands in this
 * module's reference.conf.
 *
 * @param workers rpc endpoints; none where etcd names them
 * @param names hosts that stand for several workers each, all of whose addresses are followed
 * @param readDeadline of a read, retries included
 * @param metadataDeadline of a question about names, retries included
 * @param attemptTimeout longest silence of one attempt
 * @param connectTimeout of a connection's set-up
 * @param threads event loops
 * @param dataConnections most ones per worker and rail
 * @param dataIdle after which a data connection that carries nothing is closed
 * @param inFlightLimit bytes over all workers
 * @param dataDevices devices of data connections, one a rail, empty for the kernel's routing
 * @param rpcDevices devices of rpc connections in the order of preference, empty for the kernel's
 *     routing
 * @param fabric what holds for all devices
 * @param trust what is proven to workers, and what they must prove
 * @param membership where the workers are known from
 * @param replicas how many workers keep a block
 * @param hedge second attempts beside slow ones
 * @param transport what brings the bytes of blocks
 */
public record ClientSettings(
    List<Endpoint> workers,
    List<Endpoint> names,
    Duration readDeadline,
    Duration metadataDeadline,
    Duration attemptTimeout,
    Duration connectTimeout,
    int threads,
    int dataConnections,
    Duration dataIdle,
    long inFlightLimit,
    List<String> dataDevices,
    List<String> rpcDevices,
    FabricSettings fabric,
    TrustSettings trust,
    MembershipSettings membership,
    Replicas replicas,
    HedgeSettings hedge,
    TransportSettings transport) {

  /** Port of a worker's rpc service where an endpoint names none. */
  public static final int DEFAULT_RPC_PORT = 29999;

  /** Before a host name that stands for several workers. */
  private static final String NAME = "dns:";

  public ClientSettings {
    workers = List.copyOf(workers);
    names = List.copyOf(names);
    requireNonNull(readDeadline, "readDeadline is null");
    requireNonNull(metadataDeadline, "metadataDeadline is null");
    requireNonNull(attemptTimeout, "attemptTimeout is null");
    requireNonNull(connectTimeout, "connectTimeout is null");
    requireNonNull(dataIdle, "dataIdle is null");
    dataDevices = List.copyOf(dataDevices);
    rpcDevices = List.copyOf(rpcDevices);
    requireNonNull(fabric, "fabric is null");
    requireNonNull(trust, "trust is null");
    requireNonNull(membership, "membership is null");
    requireNonNull(replicas, "replicas is null");
    requireNonNull(hedge, "hedge is null");
    requireNonNull(transport, "transport is null");
  }

  /**
   * The settings of a client.
   *
   * @throws ConfigException with origin and path of the value that is not allowed
   */
  public static ClientSettings of(Config config) {
    return new ClientSettings(
        workers(config, false),
        workers(config, true),
        duration(config, "railfs.client.read-deadline", Duration.ofMillis(100)),
        duration(config, "railfs.client.metadata-deadline", Duration.ofMillis(100)),
        duration(config, "railfs.client.attempt-timeout", Duration.ofMillis(10)),
        duration(config, "railfs.client.connect-timeout", Duration.ofMillis(10)),
        number(config, "railfs.client.threads", 256),
        connections(config, "railfs.client.data.connections"),
        duration(config, "railfs.client.data.idle-timeout", Duration.ofMillis(100)),
        bytes(config, "railfs.client.data.in-flight-limit"),
        devices(config, "railfs.client.data.bind.device"),
        devices(config, "railfs.client.rpc.bind.device"),
        FabricSettings.of(config),
        TrustSettings.of(config),
        MembershipSettings.of(config),
        replicas(config),
        hedge(config),
        TransportSettings.of(config));
  }

  /** The same, with other transports. */
  public ClientSettings with(TransportSettings others) {
    return new ClientSettings(
        workers,
        names,
        readDeadline,
        metadataDeadline,
        attemptTimeout,
        connectTimeout,
        threads,
        dataConnections,
        dataIdle,
        inFlightLimit,
        dataDevices,
        rpcDevices,
        fabric,
        trust,
        membership,
        replicas,
        hedge,
        others);
  }

  private static List<String> devices(Config config, String path) {
    return BindDevices.of(config, path, path);
  }

  private static Replicas replicas(Config config) {
    String path = "railfs.client.replicas-of-paths";
    boolean one = config.getValue(path).valueType() == ConfigValueType.STRING;
    List<Replicas.Rule> rules = new ArrayList<>();
    for (String text : one ? List.of(config.getString(path)) : config.getStringList(path)) {
      try {
        rules.add(Replicas.Rule.parse(text));
      } catch (IllegalArgumentException e) {
        throw bad(config, path, e.getMessage());
      }
    }
    return new Replicas(number(config, "railfs.client.replicas", Replicas.MAX), rules);
  }

  private static HedgeSettings hedge(Config config) {
    return new HedgeSettings(
        number(config, "railfs.client.hedge.share", 0, 50),
        duration(config, "railfs.client.hedge.after", Duration.ofMillis(1)));
  }

  /**
   * @param isName whether those are asked for that begin with {@link #NAME}, or the others
   */
  private static List<Endpoint> workers(Config config, boolean isName) {
    if (MembershipSettings.of(config).type() == MembershipSettings.Type.ETCD) {
      return List.of();
    }
    String path = "railfs.workers";
    List<Endpoint> endpoints = new ArrayList<>();
    List<String> all = config.getStringList(path);
    for (String text : all) {
      try {
        if (text.startsWith(NAME) == isName) {
          String endpoint = isName ? text.substring(NAME.length()) : text;
          endpoints.add(Endpoint.parse(endpoint, DEFAULT_RPC_PORT));
        }
      } catch (IllegalArgumentException e) {
        throw bad(config, path, "'" + text + "' is no endpoint: " + e.getMessage());
      }
    }
    if (all.isEmpty()) {
      throw bad(config, path, "no worker is named; give at least one host[:port]");
    }
    return endpoints;
  }

  private static Duration duration(Config config, String path, Duration min) {
    Duration value = Units.duration(config, path, path);
    if (value.compareTo(min) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
      String range = min.toMillis() + "ms and 1d";
      throw bad(config, path, "a duration between " + range + " is needed");
    }
    return value;
  }

  private static int number(Config config, String path, int max) {
    return number(config, path, 1, max);
  }

  private static int number(Config config, String path, int min, int max) {
    int value = config.getInt(path);
    if (value < min || value > max) {
      throw bad(config, path, value + " is not between " + min + " and " + max);
    }
    return value;
  }

  private static int connections(Config config, String path) {
    int value = number(config, path, 0, 64);
    // Two event loops on two processors take each other's turn, which costs both sides dearly.
    int fitting = Runtime.getRuntime().availableProcessors() > 2 ? 2 : 1;
    return value == 0 ? fitting : value;
  }

  private static long bytes(Config config, String path) {
    long value = Units.bytes(config, path, path);
    if (value < 1 << 20) {
      throw bad(config, path, "a size of at least 1MiB is needed");
    }
    return value;
  }

  private static ConfigException.BadValue bad(Config config, String path, String sentence) {
    return new ConfigException.BadValue(config.getValue(path).origin(), path, sentence);
  }
}
