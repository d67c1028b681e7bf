// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static io.railfs.fabric.verbs.Scratch.MEMORY;
import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import java.nio.ByteBuffer;

/**
 * A connection of a real device. The queue pair is made and moved through its states here, not by
 * rdma_cm, so that the settings can have their say.
 *
 * <pre>
 *   active:  resolve address, resolve route, INIT, connect ---> response: RTR, RTS, establish
 *   passive: request ---> INIT, RTR, RTS, accept ---> established
 * </pre>
 */
final class NativeQueue implements VerbsQueue {
  /** 4.096 us x 2^14, 67 ms: seven retries end well before an attempt's time. */
  private static final byte ACK_TIMEOUT = 14;

  private static final byte RETRIES = 7;

  /** Seven would mean for ever. */
  private static final byte RNR_RETRIES = 6;

  /** 0.64 ms; credits make it a rare thing. */
  private static final byte RNR_TIMER = 12;

  private static final int MAX_ACCEPT = VerbsPort.MAX_ACCEPT_DATA;

  private final NativePort port;
  private final NativeVerbs verbs;
  private final byte[] requestData;
  private final int millis;
  private final Scratch send = new Scratch(Layout.SendRequest.SIZE + Layout.Sge.SIZE + Long.BYTES);
  private final boolean active;
  private long id;
  private long queue;
  private int number;
  private boolean failed;

  /**
   * @param id owned by this object from now on
   * @param requestData to ask with; empty where the peer asks
   * @param millis that a step of asking may take; 0 where the peer asks
   */
  NativeQueue(NativePort port, long id, byte[] requestData, int millis) {
    this.port = requireNonNull(port, "port is null");
    this.verbs = port.verbs();
    this.id = id;
    this.requestData = requestData;
    this.millis = millis;
    this.active = millis > 0;
  }

  NativePort port() {
    return port;
  }

  @Override
  public synchronized int number() {
    return number;
  }

  /** Takes an event of rdma_cm. */
  void take(CmEventType event, int status, byte[] data) {
    try {
      step(event, status, data);
    } catch (FabricException e) {
      port.give(PortEvent.of(PortEvent.Kind.REFUSED, this, String.valueOf(e.getMessage())));
    }
  }

  private synchronized void step(CmEventType event, int status, byte[] data)
      throws FabricException {
    if (id == 0) {
      return;
    }
    switch (event) {
      case ADDR_RESOLVED -> {
        if (!port.isOnDevice(id)) {
          throw new FabricException("the way to the worker leads over another RDMA device");
        }
        check(verbs.cm().rdma_resolve_route(id, millis), "rdma_resolve_route");
      }
      case ROUTE_RESOLVED -> {
        makeQueue();
        Scratch parameters = parameters(requestData);
        check(verbs.cm().rdma_connect(id, parameters.address()), "rdma_connect");
      }
      case CONNECT_RESPONSE -> {
        move(Layout.QueueAttr.RTR);
        move(Layout.QueueAttr.RTS);
        check(verbs.cm().rdma_establish(id), "rdma_establish");
        port.give(new PortEvent(PortEvent.Kind.ESTABLISHED, this, data, ""));
      }
      case ESTABLISHED -> {
        if (!active) {
          port.give(new PortEvent(PortEvent.Kind.ESTABLISHED, this, data, ""));
        }
      }
      case ADDR_ERROR, ROUTE_ERROR, CONNECT_ERROR, UNREACHABLE, REJECTED ->
          port.give(
              PortEvent.of(
                  PortEvent.Kind.REFUSED,
                  this,
                  "rdma_cm reports %s (%d%s)"
                      .formatted(event, status, status < 0 ? ", " + verbs.text(-status) : "")));
      case DISCONNECTED, ADDR_CHANGE ->
          port.give(PortEvent.of(PortEvent.Kind.ENDED, this, "rdma_cm reports " + event));
      case DEVICE_REMOVAL ->
          port.give(PortEvent.of(PortEvent.Kind.REMOVED, null, "the device was removed"));
      default -> {
        // Its time to wait is over, or it is about multicast.
      }
    }
  }

  private void check(int result, String call) throws FabricException {
    if (result != 0) {
      throw verbs.failure(call);
    }
  }

  private void makeQueue() throws FabricException {
    Scratch init = new Scratch(Layout.QueueInit.SIZE).cleared();
    ByteBuffer out = init.bytes();
    out.putLong(Layout.QueueInit.SEND_CQ, port.cq());
    out.putLong(Layout.QueueInit.RECV_CQ, port.cq());
    out.putLong(Layout.QueueInit.SRQ, port.srq());
    out.putInt(Layout.QueueInit.MAX_SEND_WR, port.settings().needs().sends());
    out.putInt(Layout.QueueInit.MAX_SEND_SGE, 1);
    out.putInt(Layout.QueueInit.MAX_RECV_SGE, 1);
    out.putInt(Layout.QueueInit.TYPE, Layout.QueueInit.RC);
    out.putInt(Layout.QueueInit.SIGNAL_ALL, 0);
    long made = verbs.verbs().ibv_create_qp(port.pd(), init.address());
    if (made == 0) {
      throw verbs.failure("ibv_create_qp of " + port.facts().device());
    }
    queue = made;
    number = MEMORY.getInt(queue + Layout.Queue.NUMBER);
    port.async().add(queue, this);
    move(Layout.QueueAttr.INIT);
  }

  /** To the next state, by what rdma_cm knows of the path and the settings want otherwise. */
  private void move(int state) throws FabricException {
    Scratch attr = new Scratch(Layout.QueueAttr.SIZE + 8).cleared();
    ByteBuffer bytes = attr.bytes();
    bytes.putInt(Layout.QueueAttr.STATE, state);
    int mask = Layout.QueueAttr.SIZE;
    check(
        verbs.cm().rdma_init_qp_attr(id, attr.address(), attr.address(mask)),
        "rdma_init_qp_attr to state " + state);
    VerbsSettings settings = port.settings();
    if (state == Layout.QueueAttr.INIT && settings.pkeyIndex() != VerbsSettings.CHOSEN) {
      bytes.putShort(Layout.QueueAttr.PKEY_INDEX, (short) settings.pkeyIndex());
    }
    if (state == Layout.QueueAttr.RTR) {
      bytes.put(Layout.QueueAttr.MIN_RNR_TIMER, RNR_TIMER);
      choose(bytes, Layout.QueueAttr.SGID_INDEX, settings.gidIndex());
      choose(bytes, Layout.QueueAttr.TRAFFIC_CLASS, settings.trafficClass());
      choose(bytes, Layout.QueueAttr.SERVICE_LEVEL, settings.serviceLevel());
      if (settings.mtu() != VerbsSettings.CHOSEN) {
        int mtu = Math.min(settings.mtu(), port.facts().mtu());
        bytes.putInt(Layout.QueueAttr.PATH_MTU, NativePort.mtuCode(mtu));
      }
    }
    if (state == Layout.QueueAttr.RTS) {
      bytes.put(Layout.QueueAttr.TIMEOUT, ACK_TIMEOUT);
      bytes.put(Layout.QueueAttr.RETRY_CNT, RETRIES);
      bytes.put(Layout.QueueAttr.RNR_RETRY, RNR_RETRIES);
    }
    int result = verbs.verbs().ibv_modify_qp(queue, attr.address(), bytes.getInt(mask));
    if (result != 0) {
      throw verbs.failure("ibv_modify_qp to state " + state, result);
    }
  }

  private static void choose(ByteBuffer attr, int at, int value) {
    if (value != VerbsSettings.CHOSEN) {
      attr.put(at, (byte) value);
    }
  }

  /** A {@code struct rdma_conn_param} with the data behind it. */
  private Scratch parameters(byte[] data) {
    Scratch parameters = new Scratch(Layout.ConnParam.SIZE + MAX_ACCEPT).cleared();
    ByteBuffer out = parameters.bytes();
    out.put(Layout.ConnParam.SIZE, data);
    out.putLong(Layout.ConnParam.DATA, parameters.address(Layout.ConnParam.SIZE));
    out.put(Layout.ConnParam.DATA_LENGTH, (byte) data.length);
    out.put(Layout.ConnParam.RESPONDER_RESOURCES, (byte) 1);
    out.put(Layout.ConnParam.INITIATOR_DEPTH, (byte) 1);
    out.put(Layout.ConnParam.RETRY_COUNT, RETRIES);
    out.put(Layout.ConnParam.RNR_RETRY_COUNT, RNR_RETRIES);
    out.put(Layout.ConnParam.SRQ, (byte) 1);
    out.putInt(Layout.ConnParam.QP_NUM, number);
    return parameters;
  }

  @Override
  public synchronized void prepare() throws FabricException {
    if (!port.isOnDevice(id)) {
      throw new FabricException("the request came over another RDMA device");
    }
    makeQueue();
  }

  @Override
  public synchronized void accept(byte[] data) throws FabricException {
    move(Layout.QueueAttr.RTR);
    move(Layout.QueueAttr.RTS);
    check(verbs.cm().rdma_accept(id, parameters(data).address()), "rdma_accept");
  }

  @Override
  public synchronized void reject() {
    if (id != 0) {
      int unused = verbs.cm().rdma_reject(id, 0, (byte) 0);
      destroy();
    }
  }

  @Override
  public synchronized void send(long sendId, MemoryRegion region, int offset, int length)
      throws FabricException {
    if (queue == 0 || failed) {
      throw new FabricException("the connection has ended");
    }
    int sge = Layout.SendRequest.SIZE;
    ByteBuffer out = send.cleared().bytes();
    out.putLong(Layout.SendRequest.ID, sendId);
    out.putLong(Layout.SendRequest.SGE_LIST, send.address(sge));
    out.putInt(Layout.SendRequest.SGE_COUNT, 1);
    out.putInt(Layout.SendRequest.OPCODE, Layout.SendRequest.SEND);
    out.putInt(Layout.SendRequest.FLAGS, Layout.SendRequest.SIGNALED);
    out.putLong(sge + Layout.Sge.ADDRESS, region.address() + offset);
    out.putInt(sge + Layout.Sge.LENGTH, length);
    out.putInt(sge + Layout.Sge.LKEY, region.key());
    long bad = send.address(sge + Layout.Sge.SIZE);
    int result = NativeVerbs.post(port.sendFunction(), queue, send.address(), bad);
    if (result != 0) {
      throw verbs.failure("ibv_post_send of " + port.facts().device(), Math.abs(result));
    }
  }

  @Override
  public synchronized void fail() {
    if (failed) {
      return;
    }
    failed = true;
    if (queue != 0) {
      Scratch attr = new Scratch(Layout.QueueAttr.SIZE).cleared();
      attr.bytes().putInt(Layout.QueueAttr.STATE, Layout.QueueAttr.ERR);
      int unused = verbs.verbs().ibv_modify_qp(queue, attr.address(), Layout.QueueAttr.MASK_STATE);
    }
    if (id != 0) {
      int unused = verbs.cm().rdma_disconnect(id);
    }
  }

  @Override
  public synchronized void destroy() {
    if (queue != 0) {
      port.async().remove(queue);
      int unused = verbs.verbs().ibv_destroy_qp(queue);
      queue = 0;
    }
    if (id != 0) {
      port.forget(id);
      int unused = verbs.cm().rdma_destroy_id(id);
      id = 0;
    }
  }
}
