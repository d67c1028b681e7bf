// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static io.railfs.fabric.verbs.Scratch.MEMORY;
import static java.util.Objects.requireNonNull;

import io.railfs.fabric.FabricException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A port of a real device. */
final class NativePort implements VerbsPort {
  private static final int PORT_SPACE_TCP = 0x0106;
  private static final int ACCESS_LOCAL_WRITE = 1;
  private static final int EAGAIN = 11;
  private static final int EINTR = 4;
  private static final int ENOMEM = 12;
  private static final int BACKLOG = 256;
  private static final short POLLIN = 1;
  private static final int POLLFD = 8;
  private static final int CM_EVENTS = 0;
  private static final int ASYNC_EVENTS = 1;
  private static final int MTU_256 = 1;

  /** Bytes that a completion channel's event takes, and the places of the two results. */
  private static final int RESULTS = 16;

  private final NativeVerbs verbs;
  private final VerbsSettings settings;
  private final Map<Long, NativeQueue> queues = new ConcurrentHashMap<>();
  private final Queue<PortEvent> events = new ConcurrentLinkedQueue<>();
  private final List<Long> regions = new ArrayList<>();

  /** Of the thread that polls. */
  private final Scratch results = new Scratch(RESULTS);

  private final Scratch completionPoll = new Scratch(POLLFD);

  /** Of the thread that waits for events. */
  private final Scratch eventPoll = new Scratch(2 * POLLFD);

  private final Scratch eventResult = new Scratch(8);

  /** Of whoever posts a receive, under its own lock. */
  private final Scratch receive =
      new Scratch(Layout.ReceiveRequest.SIZE + Layout.Sge.SIZE + Long.BYTES);

  private Scratch completions = new Scratch(Layout.WorkCompletion.SIZE);

  private PortFacts facts;
  private AsyncEvents async;
  private InetAddress local;
  private long cmChannel;
  private long id;
  private long listener;
  private long context;
  private long pd;
  private long channel;
  private long cq;
  private long srq;
  private long pollFunction;
  private long notifyFunction;
  private long receiveFunction;
  private long sendFunction;

  NativePort(NativeVerbs verbs, VerbsSettings settings) {
    this.verbs = requireNonNull(verbs, "verbs is null");
    this.settings = requireNonNull(settings, "settings is null");
  }

  /** Opens it; to be closed where that fails, too. */
  void open(InetAddress address) throws FabricException {
    local = address;
    cmChannel = verbs.cm().rdma_create_event_channel();
    if (cmChannel == 0) {
      throw verbs.failure("rdma_create_event_channel (/dev/infiniband/rdma_cm)");
    }
    // An event that poll has announced goes with its connection where that is destroyed meanwhile.
    AsyncEvents.setNonBlocking(verbs.libc(), MEMORY.getInt(cmChannel));
    id = newId();
    Scratch source = new Scratch(128).cleared();
    NativeVerbs.writeAddress(source.bytes(), 0, new InetSocketAddress(address, 0));
    if (verbs.cm().rdma_bind_addr(id, source.address()) != 0) {
      throw noDevice(verbs.errno());
    }
    context = MEMORY.getAddress(id + Layout.CmId.VERBS);
    if (context == 0) {
      throw noDevice(0);
    }
    pollFunction = MEMORY.getAddress(context + Layout.Context.POLL_CQ);
    notifyFunction = MEMORY.getAddress(context + Layout.Context.REQ_NOTIFY_CQ);
    receiveFunction = MEMORY.getAddress(context + Layout.Context.POST_SRQ_RECV);
    sendFunction = MEMORY.getAddress(context + Layout.Context.POST_SEND);
    facts = read(MEMORY.getByte(id + Layout.CmId.PORT));
    makeQueues();
    async = verbs.join(context, this);
  }

  private FabricException noDevice(int errno) {
    return new FabricException(
        "no RDMA device has the address %s%s; name an IPoIB or RoCE interface, and see rdma link for its device"
            .formatted(local.getHostAddress(), errno == 0 ? "" : " (" + verbs.text(errno) + ")"));
  }

  private long newId() throws FabricException {
    Scratch result = new Scratch(8).cleared();
    if (verbs.cm().rdma_create_id(cmChannel, result.address(), 0, PORT_SPACE_TCP) != 0) {
      throw verbs.failure("rdma_create_id");
    }
    return result.bytes().getLong(0);
  }

  private PortFacts read(byte number) throws FabricException {
    long device = MEMORY.getAddress(context + Layout.Context.DEVICE);
    String name = verbs.verbs().ibv_get_device_name(device);
    Scratch attr = new Scratch(2 * Layout.PortAttr.SIZE).cleared();
    int failed = verbs.verbs().ibv_query_port(context, number, attr.address());
    if (failed != 0) {
      throw verbs.failure("ibv_query_port of " + name, failed);
    }
    if (attr.bytes().getInt(Layout.PortAttr.STATE) != Layout.PortAttr.ACTIVE) {
      throw new FabricException(
          "port %d of %s is not ACTIVE; look at its cable, its switch and, on InfiniBand, the subnet manager (railfs doctor)"
              .formatted(number, name));
    }
    boolean ethernet =
        attr.bytes().get(Layout.PortAttr.LINK_LAYER) == Layout.PortAttr.LINK_ETHERNET;
    byte[] gid = new byte[Layout.CmId.GID_BYTES];
    MEMORY.getByteArray(id + Layout.CmId.SGID, gid, 0, gid.length);
    return new PortFacts(
        name,
        number,
        ethernet ? "Ethernet" : "InfiniBand",
        NativeVerbs.gid(gid),
        128 << attr.bytes().getInt(Layout.PortAttr.ACTIVE_MTU));
  }

  private void makeQueues() throws FabricException {
    Scratch device = new Scratch(2 * Layout.DeviceAttr.SIZE).cleared();
    int failed = verbs.verbs().ibv_query_device(context, device.address());
    if (failed != 0) {
      throw verbs.failure("ibv_query_device of " + facts.device(), failed);
    }
    if (device.bytes().getInt(Layout.DeviceAttr.MAX_SRQ) == 0) {
      throw new FabricException(
          facts.device() + " has no shared receive queues, which RailFS needs");
    }
    VerbsSettings.Needs needs = settings.needs();
    require(needs.receives(), device.bytes().getInt(Layout.DeviceAttr.MAX_SRQ_WR), "receives");
    require(needs.sends(), device.bytes().getInt(Layout.DeviceAttr.MAX_QP_WR), "sends");
    require(needs.completions(), device.bytes().getInt(Layout.DeviceAttr.MAX_CQE), "completions");
    pd = made(verbs.verbs().ibv_alloc_pd(context), "ibv_alloc_pd");
    channel = made(verbs.verbs().ibv_create_comp_channel(context), "ibv_create_comp_channel");
    cq =
        made(
            verbs.verbs().ibv_create_cq(context, needs.completions(), 0, channel, 0),
            "ibv_create_cq");
    Scratch init = new Scratch(Layout.SrqInit.SIZE).cleared();
    init.bytes().putInt(Layout.SrqInit.MAX_WR, needs.receives());
    init.bytes().putInt(Layout.SrqInit.MAX_SGE, 1);
    srq = made(verbs.verbs().ibv_create_srq(pd, init.address()), "ibv_create_srq");
  }

  private void require(int wanted, int most, String what) throws FabricException {
    if (wanted > most) {
      throw new FabricException(
          "%s takes %d %s in a queue, and %d are needed; lower the memory of railfs.fabric.rdma"
              .formatted(facts.device(), most, what, wanted));
    }
  }

  private long made(long pointer, String call) throws FabricException {
    if (pointer == 0) {
      throw verbs.failure(call + " of " + facts.device());
    }
    return pointer;
  }

  @Override
  public PortFacts facts() {
    return facts;
  }

  NativeVerbs verbs() {
    return verbs;
  }

  VerbsSettings settings() {
    return settings;
  }

  AsyncEvents async() {
    return async;
  }

  long pd() {
    return pd;
  }

  long cq() {
    return cq;
  }

  long srq() {
    return srq;
  }

  long sendFunction() {
    return sendFunction;
  }

  /** Whether a connection's device is this one. */
  boolean isOnDevice(long idOfConnection) {
    return MEMORY.getAddress(idOfConnection + Layout.CmId.VERBS) == context;
  }

  void give(PortEvent event) {
    events.add(event);
  }

  @Override
  public synchronized MemoryRegion register(ByteBuffer memory) throws FabricException {
    long address = MEMORY.getDirectBufferAddress(memory);
    long region = verbs.verbs().ibv_reg_mr(pd, address, memory.capacity(), ACCESS_LOCAL_WRITE);
    if (region == 0) {
      int errno = verbs.errno();
      throw errno == ENOMEM || errno == EAGAIN
          ? new FabricException(
              "%s may not pin %d MiB (%s); raise the limit of locked memory (LimitMEMLOCK=infinity in the unit, ulimit -l, or the capability IPC_LOCK of a container)"
                  .formatted(facts.device(), memory.capacity() >> 20, verbs.text(errno)))
          : verbs.failure("ibv_reg_mr of " + facts.device(), errno);
    }
    regions.add(region);
    return new MemoryRegion(memory, address, MEMORY.getInt(region + Layout.Region.LKEY));
  }

  @Override
  public void postReceive(long receiveId, MemoryRegion region, int offset, int length)
      throws FabricException {
    synchronized (receive) {
      int sge = Layout.ReceiveRequest.SIZE;
      ByteBuffer out = receive.cleared().bytes();
      out.putLong(Layout.ReceiveRequest.ID, receiveId);
      out.putLong(Layout.ReceiveRequest.SGE_LIST, receive.address(sge));
      out.putInt(Layout.ReceiveRequest.SGE_COUNT, 1);
      out.putLong(sge + Layout.Sge.ADDRESS, region.address() + offset);
      out.putInt(sge + Layout.Sge.LENGTH, length);
      out.putInt(sge + Layout.Sge.LKEY, region.key());
      long bad = receive.address(sge + Layout.Sge.SIZE);
      int failed = NativeVerbs.post(receiveFunction, srq, receive.address(), bad);
      if (failed != 0) {
        throw verbs.failure("ibv_post_srq_recv of " + facts.device(), Math.abs(failed));
      }
    }
  }

  @Override
  public int poll(Completion[] into) throws FabricException {
    int size = Layout.WorkCompletion.SIZE;
    if (completions.bytes().capacity() < into.length * size) {
      completions = new Scratch(into.length * size);
    }
    int count = NativeVerbs.poll(pollFunction, cq, into.length, completions.address());
    if (count < 0) {
      throw new FabricException("ibv_poll_cq of " + facts.device() + " failed: " + count);
    }
    for (int i = 0; i < count; i++) {
      ByteBuffer in = completions.bytes();
      into[i] =
          new Completion(
              in.getLong(i * size + Layout.WorkCompletion.ID),
              in.getInt(i * size + Layout.WorkCompletion.STATUS),
              in.getInt(i * size + Layout.WorkCompletion.LENGTH),
              in.getInt(i * size + Layout.WorkCompletion.QUEUE));
    }
    return count;
  }

  @Override
  public void arm() throws FabricException {
    int failed = NativeVerbs.requestNotify(notifyFunction, cq);
    if (failed != 0) {
      throw verbs.failure("ibv_req_notify_cq of " + facts.device(), Math.abs(failed));
    }
  }

  @Override
  public boolean await(int millis) throws FabricException {
    int fd = MEMORY.getInt(channel + Layout.CompChannel.FD);
    writePoll(completionPoll.bytes(), 0, fd);
    if (!poll(completionPoll, 1, millis)) {
      return false;
    }
    long first = results.address();
    if (verbs.verbs().ibv_get_cq_event(channel, first, results.address(8)) != 0) {
      throw verbs.failure("ibv_get_cq_event of " + facts.device());
    }
    verbs.verbs().ibv_ack_cq_events(cq, 1);
    return true;
  }

  private static void writePoll(ByteBuffer out, int index, int fd) {
    out.putInt(index * POLLFD, fd);
    out.putShort(index * POLLFD + 4, POLLIN);
    out.putShort(index * POLLFD + 6, (short) 0);
  }

  private static boolean isReady(Scratch fds, int index) {
    return fds.bytes().getShort(index * POLLFD + 6) != 0;
  }

  /** Whether one of them is ready. */
  private boolean poll(Scratch fds, int count, int millis) throws FabricException {
    int ready = verbs.libc().poll(fds.address(), count, millis);
    if (ready < 0 && verbs.errno() != EINTR) {
      throw verbs.failure("poll");
    }
    return ready > 0;
  }

  @Override
  public synchronized int listen() throws FabricException {
    listener = newId();
    Scratch source = new Scratch(128).cleared();
    NativeVerbs.writeAddress(source.bytes(), 0, new InetSocketAddress(local, 0));
    if (verbs.cm().rdma_bind_addr(listener, source.address()) != 0
        || verbs.cm().rdma_listen(listener, BACKLOG) != 0) {
      throw verbs.failure("listening on " + facts.name());
    }
    return NativeVerbs.fromNetwork(verbs.cm().rdma_get_src_port(listener));
  }

  @Override
  public VerbsQueue connect(InetSocketAddress remote, byte[] data, int millis)
      throws FabricException {
    long connectionId = newId();
    NativeQueue queue = new NativeQueue(this, connectionId, data, millis);
    queues.put(connectionId, queue);
    Scratch addresses = new Scratch(256).cleared();
    NativeVerbs.writeAddress(addresses.bytes(), 0, new InetSocketAddress(local, 0));
    NativeVerbs.writeAddress(addresses.bytes(), 128, remote);
    if (verbs
            .cm()
            .rdma_resolve_addr(connectionId, addresses.address(), addresses.address(128), millis)
        != 0) {
      FabricException failure = verbs.failure("rdma_resolve_addr");
      queue.destroy();
      throw failure;
    }
    return queue;
  }

  @Override
  public PortEvent nextEvent(int millis) throws FabricException {
    PortEvent waiting = events.poll();
    if (waiting != null) {
      return waiting;
    }
    writePoll(eventPoll.bytes(), CM_EVENTS, MEMORY.getInt(cmChannel));
    writePoll(eventPoll.bytes(), ASYNC_EVENTS, async.fd());
    if (poll(eventPoll, 2, millis)) {
      if (isReady(eventPoll, ASYNC_EVENTS)) {
        async.take();
      }
      if (isReady(eventPoll, CM_EVENTS)) {
        takeCmEvent();
      }
    }
    return events.poll();
  }

  private void takeCmEvent() throws FabricException {
    if (verbs.cm().rdma_get_cm_event(cmChannel, eventResult.address()) != 0) {
      int errno = verbs.errno();
      if (errno == EAGAIN || errno == EINTR) {
        return;
      }
      throw verbs.failure("rdma_get_cm_event", errno);
    }
    long event = eventResult.bytes().getLong(0);
    long of = MEMORY.getAddress(event + Layout.CmEvent.ID);
    int type = MEMORY.getInt(event + Layout.CmEvent.TYPE);
    int status = MEMORY.getInt(event + Layout.CmEvent.STATUS);
    byte[] data = data(event, type);
    // Before anything is destroyed: that waits for it.
    int unused = verbs.cm().rdma_ack_cm_event(event);
    CmEventType known = CmEventType.of(type);
    if (known == CmEventType.CONNECT_REQUEST) {
      NativeQueue queue = new NativeQueue(this, of, new byte[0], 0);
      queues.put(of, queue);
      give(new PortEvent(PortEvent.Kind.REQUESTED, queue, data, ""));
      return;
    }
    NativeQueue queue = queues.get(of);
    if (queue != null) {
      queue.take(known, status, data);
    } else if (known == CmEventType.DEVICE_REMOVAL) {
      give(PortEvent.of(PortEvent.Kind.REMOVED, null, "the device was removed"));
    }
  }

  /** What the peer has sent along, where this kind of event has such bytes. */
  private static byte[] data(long event, int type) {
    CmEventType known = CmEventType.of(type);
    boolean hasData = known == CmEventType.CONNECT_REQUEST || known == CmEventType.CONNECT_RESPONSE;
    long from = hasData ? MEMORY.getAddress(event + Layout.CmEvent.DATA) : 0;
    if (from == 0) {
      return new byte[0];
    }
    byte[] data = new byte[Byte.toUnsignedInt(MEMORY.getByte(event + Layout.CmEvent.DATA_LENGTH))];
    MEMORY.getByteArray(from, data, 0, data.length);
    return data;
  }

  void forget(long connectionId) {
    queues.remove(connectionId);
  }

  /** Bytes of the enumeration's value. */
  static int mtuCode(int bytes) {
    return Integer.numberOfTrailingZeros(bytes) - 8 + MTU_256;
  }

  @Override
  public void close() {
    for (NativeQueue queue : List.copyOf(queues.values())) {
      queue.fail();
      queue.destroy();
    }
    if (async != null) {
      verbs.leave(context, this);
      async = null;
    }
    if (listener != 0) {
      int unused = verbs.cm().rdma_destroy_id(listener);
      listener = 0;
    }
    if (srq != 0) {
      int unused = verbs.verbs().ibv_destroy_srq(srq);
      srq = 0;
    }
    if (cq != 0) {
      int unused = verbs.verbs().ibv_destroy_cq(cq);
      cq = 0;
    }
    if (channel != 0) {
      int unused = verbs.verbs().ibv_destroy_comp_channel(channel);
      channel = 0;
    }
    for (long region : regions) {
      int unused = verbs.verbs().ibv_dereg_mr(region);
    }
    regions.clear();
    if (pd != 0) {
      int unused = verbs.verbs().ibv_dealloc_pd(pd);
      pd = 0;
    }
    if (id != 0) {
      int unused = verbs.cm().rdma_destroy_id(id);
      id = 0;
    }
    if (cmChannel != 0) {
      verbs.cm().rdma_destroy_event_channel(cmChannel);
      cmChannel = 0;
    }
  }
}
