package io.railfs.worker.service;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.BlockSource;
import io.railfs.worker.tasks.TaskPool;
import io.railfs.worker.ufs.Ufs;
import java.util.function.Supplier;

/** Starts the two services. */
public final class Services {
  private Services() {}

  /**
   * Names, attributes and what the store holds, on the rpc port.
   *
   * @param pool runs what may block
   * @param status the answer to STATUS
   * @param blockSize bytes
   */
  public static ServiceServer rpc(
      Transport transport,
      BindSettings bind,
      ServiceState state,
      Ufs ufs,
      TaskPool pool,
      Supplier<StatusReply> status,
      BlockAdmin admin,
      int blockSize)
      throws ServiceException, FabricException {
    StoreQuestions store = new StoreQuestions(admin, blockSize);
    return ServiceServer.start(
        "rpc", transport, bind, () -> new RpcHandler(state, ufs, pool, status, store));
  }

  /**
   * Pages, on the data port.
   *
   * @param blockSize bytes
   */
  public static ServiceServer data(
      Transport transport, BindSettings bind, ServiceState state, BlockSource source, int blockSize)
      throws ServiceException, FabricException {
    return ServiceServer.start(
        "data", transport, bind, () -> new DataHandler(state, source, blockSize));
  }
}
