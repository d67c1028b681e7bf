// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import io.railfs.fabric.BindSettings;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Server;
import io.railfs.fabric.Transport;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.worker.access.OpenAccess;
import io.railfs.worker.listings.RememberedListings;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.store.BlockStore;
import io.railfs.worker.store.disk.StoreSettings;
import io.railfs.worker.tasks.TaskPool;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Both services over a store and an {@link EndlessUfs}. */
abstract class ServicesTestBase {
  static final int BLOCK = 4 << 20;
  static final int DISK_THREADS = 2;

  @TempDir Path directory;
  final EndlessUfs ufs = new EndlessUfs();
  BlockSource source;
  ServiceState state;
  Server rpc;
  Server data;
  private LocalService local;
  private BlockStore store;
  private TaskPool pool;
  private Transport transport;

  /**
   * Starts the services.
   *
   * @param threads of the tasks
   * @param queue tasks that may wait
   */
  final void start(ServiceLimits limits, int threads, int queue) throws Exception {
    StoreSettings settings =
        new StoreSettings(List.of(directory), 1 << 30, 0, 64, 2, 95, 90, 50, 1000);
    store = BlockStore.open(settings);
    source = new BlockSource(store, ufs, BLOCK, DISK_THREADS, 2, 500);
    BlockAdmin admin = new BlockAdmin(store, source, 2);
    pool = new TaskPool("railfs-meta", threads, queue);
    transport = Transport.create("railfs-net", 2);
    state =
        new ServiceState(
            limits,
            OpenAccess.create(),
            client -> Optional.of(HelloReply.getDefaultInstance()),
            path -> "");
    local = startLocal(transport);
    BindSettings bind = new BindSettings("railfs.worker.test.bind", List.of(), 0, "127.0.0.1");
    rpc =
        Services.rpc(
            transport,
            bind,
            state,
            new RpcBackend(
                ufs,
                new RememberedListings(ufs, pool, listingBytes()),
                pool,
                pool,
                StatusReply::getDefaultInstance,
                admin),
            BLOCK);
    data =
        Services.data(
            transport,
            bind,
            state,
            new DataBackend(source, BLOCK, local, RdmaService.none(state, "off")));
  }

  /** What gives blocks to readers on this host; nothing, unless a test wants it. */
  LocalService startLocal(Transport over) throws FabricException {
    return LocalService.none(state, "off");
  }

  /** What remembered listings may take. */
  long listingBytes() {
    return 0;
  }

  @AfterEach
  void stop() {
    ufs.gate.countDown();
    rpc.close();
    data.close();
    local.close();
    transport.close();
    pool.close();
    source.close();
    store.close();
  }
}
