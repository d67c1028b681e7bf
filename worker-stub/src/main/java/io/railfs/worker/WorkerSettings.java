// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.Units;
import io.railfs.fabric.BindSettings;
import io.railfs.fabric.FabricSettings;
import io.railfs.membership.MembershipSettings;
import io.railfs.protocol.Chunks;
import io.railfs.worker.access.AccessSettings;
import io.railfs.worker.admin.AdminSettings;
import io.railfs.worker.namespace.Namespace;
import io.railfs.worker.namespace.UfsMount;
import io.railfs.worker.service.RdmaServiceSettings;
import io.railfs.worker.service.ServiceLimits;
import io.railfs.worker.store.disk.StoreSettings;
import io.railfs.worker.ufs.WatchSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Settings under railfs.worker; reference.conf says what they mean.
 *
 * @param id identity of the worker; empty to keep one in the store
 * @param mounts the UFS and their places, one at least
 * @param watch how often they are looked at
 * @param blockSize bytes
 * @param rpc where the rpc service listens
 * @param data where the data service listens
 * @param store the block store
 * @param limits of the services
 * @param access who may read what
 * @param threads event loops
 * @param metadataThreads requests about names at once
 * @param loaders blocks loaded at once
 * @param listingMemory bytes that remembered listings may take
 * @param fabric what holds for the devices of both services
 * @param admin web page, metrics and administration
 * @param membership where it makes itself known
 * @param address that it reports there; empty for the one that it reaches etcd from
 * @param drainTimeout longest wait before it leaves
 * @param local where readers on this host get the files of blocks
 * @param rdma whether blocks are sent over RDMA
 */
public record WorkerSettings(
    String id,
    List<UfsMount> mounts,
    WatchSettings watch,
    int blockSize,
    BindSettings rpc,
    BindSettings data,
    StoreSettings store,
    ServiceLimits limits,
    AccessSettings access,
    int threads,
    int metadataThreads,
    int loaders,
    long listingMemory,
    FabricSettings fabric,
    AdminSettings admin,
    MembershipSettings membership,
    String address,
    Duration drainTimeout,
    LocalSettings local,
    RdmaServiceSettings rdma) {

  private static final String PATH = "railfs.worker";
  private static final int MAX_THREADS = 1024;
  private static final int MAX_LISTINGS_PERCENT = 50;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{0,128}");

  public WorkerSettings {
    requireNonNull(id, "id is null");
    mounts = List.copyOf(mounts);
    requireNonNull(watch, "watch is null");
    requireNonNull(rpc, "rpc is null");
    requireNonNull(data, "data is null");
    requireNonNull(store, "store is null");
    requireNonNull(limits, "limits is null");
    requireNonNull(access, "access is null");
    requireNonNull(fabric, "fabric is null");
    requireNonNull(admin, "admin is null");
    requireNonNull(membership, "membership is null");
    requireNonNull(address, "address is null");
    requireNonNull(drainTimeout, "drainTimeout is null");
    requireNonNull(local, "local is null");
    requireNonNull(rdma, "rdma is null");
  }

  /**
   * Reads and checks the settings.
   *
   * @param root a resolved configuration that holds railfs.worker
   * @throws ConfigException where a value is missing or wrong, with its origin, path and a sentence
   */
  public static WorkerSettings of(Config root) {
    Config config = root.getConfig(PATH);
    String id = config.getString("id").strip();
    if (!ID.matcher(id).matches()) {
      throw bad(config, "id", "'" + id + "' is not up to 128 letters, digits, '.', '_' and '-'");
    }
    int blockSize = blockSize(config);
    AccessSettings access = AccessSettings.of(root);
    return new WorkerSettings(
        id,
        UfsMount.of(config, PATH),
        WatchSettings.of(config.getConfig("ufs-watch")),
        blockSize,
        BindSettings.of(config.getConfig("rpc.bind"), PATH + ".rpc.bind"),
        BindSettings.of(config.getConfig("data.bind"), PATH + ".data.bind"),
        StoreSettings.of(config.getConfig("store"), blockSize),
        ServiceLimits.of(config.getConfig("limits")),
        access,
        threads(config),
        count(config, "metadata-threads", 1),
        count(config, "loaders", 1),
        listingMemory(config),
        FabricSettings.of(root),
        AdminSettings.of(config, access.asksForProofs()),
        MembershipSettings.of(root),
        config.getString("address").strip(),
        drainTimeout(config),
        LocalSettings.of(config.getConfig("local")),
        RdmaServiceSettings.of(root));
  }

  /**
   * The same, with a place for the socket of readers on this host, where the settings leave it to
   * who starts the worker.
   *
   * @param root the configuration that these settings are of
   */
  public WorkerSettings withLocalSocket(Config root, Path socket) {
    if (!LocalSettings.isAuto(root.getConfig(PATH + ".local"))) {
      return this;
    }
    return new WorkerSettings(
        id,
        mounts,
        watch,
        blockSize,
        rpc,
        data,
        store,
        limits,
        access,
        threads,
        metadataThreads,
        loaders,
        listingMemory,
        fabric,
        admin,
        membership,
        address,
        drainTimeout,
        new LocalSettings(socket.toString(), false, local.users()),
        rdma);
  }

  /** Bytes; beyond half of the heap there would be no room for what the worker does. */
  private static long listingMemory(Config config) {
    String key = "listings.memory";
    String text = config.getString(key).strip();
    long heap = Runtime.getRuntime().maxMemory();
    if (text.matches("\\d{1,2}%")) {
      int percent = Integer.parseInt(text.substring(0, text.length() - 1));
      if (percent > MAX_LISTINGS_PERCENT) {
        throw bad(config, key, "'" + text + "' is more than half of the heap");
      }
      return heap / 100 * percent;
    }
    long bytes = Units.bytes(config, key, PATH + "." + key);
    if (bytes > heap / 2) {
      throw bad(
          config,
          key,
          "'%s' is more than half of the heap, which is %d MiB; raise railfs.worker.heap or lower it"
              .formatted(text, heap >> 20));
    }
    return bytes;
  }

  private static Duration drainTimeout(Config config) {
    Duration value = Units.duration(config, "drain-timeout", "railfs.worker.drain-timeout");
    if (value.isNegative() || value.compareTo(Duration.ofHours(1)) > 0) {
      throw bad(config, "drain-timeout", "a duration between 0 and 1h is needed");
    }
    return value;
  }

  private static int blockSize(Config config) {
    long size = Units.bytes(config, "block-size", "railfs.worker.block-size");
    if (!Chunks.isBlockSize(size)) {
      throw bad(config, "block-size", size + " is not a power of two from 128KiB to 64MiB");
    }
    return (int) size;
  }

  private static int threads(Config config) {
    int threads = count(config, "threads", 0);
    return threads > 0 ? threads : Math.max(2, Runtime.getRuntime().availableProcessors());
  }

  private static int count(Config config, String key, int min) {
    int value = config.getInt(key);
    if (value < min || value > MAX_THREADS) {
      throw bad(config, key, value + " is not between " + min + " and " + MAX_THREADS);
    }
    return value;
  }

  private static ConfigException.BadValue bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(key).origin(), PATH + "." + key, sentence);
  }

  /** The UFS and their places, for status and logs. */
  String ufs() {
    return Namespace.text(mounts);
  }
}
