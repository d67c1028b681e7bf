// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.rdma.RdmaPort;
import io.railfs.fabric.rdma.RdmaRequest;
import io.railfs.fabric.rdma.RdmaSettings;
import io.railfs.fabric.verbs.Verbs;
import io.railfs.fabric.verbs.VerbsProvider;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RdmaFormat;
import io.railfs.protocol.messages.RdmaOffer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends blocks over RDMA (docs/adr/0025). Thread-safe.
 *
 * <p>An RDMA connection belongs to one connection of the data service, which has proven what there
 * is to prove: that one gets a token, and who brings its first half here gets the second half and
 * may ask for blocks, as that connection may. Either ends with the other.
 */
public final class RdmaService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RdmaService.class);

  private static final int PIECE_BYTES = 128 << 10;
  private static final int MESSAGE_BYTES = PIECE_BYTES + RdmaFormat.ANSWER_HEAD_BYTES;

  /** Requests of one connection at a time. */
  static final int REQUESTS = 32;

  /** Of the memory, what requests are received in. */
  private static final int SHARE_OF_REQUESTS = 8;

  private static final int MIN_RECEIVES = 8 * REQUESTS;
  private static final int MAX_RECEIVES = 16_384;
  private static final int MIN_SENDS = 16;
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int CLOSE_SECONDS = 5;

  private final ServiceState state;
  private final Verbs verbs;
  private final String problem;
  private final RdmaSettings settings;
  private final int rails;
  private final Map<InetAddress, Rail> ports = new ConcurrentHashMap<>();
  private final Map<InetAddress, Failure> failures = new ConcurrentHashMap<>();

  /** Opens ports, which takes its time. */
  private final ExecutorService opener;

  /** A port that listens, and what waits for its RDMA connection there. */
  private record Rail(
      RdmaPort port, int number, RailTraffic traffic, Tickets<DataHandler> tickets) {}

  /** Why a port could not be opened, and when. */
  private record Failure(String reason, long nanos) {}

  private RdmaService(
      ServiceState state, Verbs verbs, String problem, RdmaSettings settings, int rails) {
    this.state = requireNonNull(state, "state is null");
    this.verbs = verbs;
    this.problem = requireNonNull(problem, "problem is null");
    this.settings = settings;
    this.rails = rails;
    ThreadPoolExecutor one =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("railfs-rdma-open", true));
    one.allowCoreThreadTimeOut(true);
    this.opener = one;
  }

  /**
   * Offers nothing.
   *
   * @param problem why, a sentence that clients get
   */
  public static RdmaService none(ServiceState state, String problem) {
    return new RdmaService(state, null, problem, null, 0);
  }

  /**
   * Opens the ports that have these addresses.
   *
   * @param addresses of the data service; those without a device offer nothing
   * @param rails among which the memory is divided
   * @throws FabricException with one sentence where it is required, and none of them can be used
   */
  public static RdmaService start(
      ServiceState state, RdmaServiceSettings wanted, Collection<InetAddress> addresses, int rails)
      throws FabricException {
    boolean required = wanted.mode() == RdmaServiceSettings.Mode.REQUIRED;
    if (wanted.mode() == RdmaServiceSettings.Mode.OFF) {
      return none(state, "railfs.worker.rdma.enabled of the worker is false");
    }
    if (state.access().trust().usesTls()) {
      return none(state, "railfs.security.tls of the worker is on, and rdma does not encrypt");
    }
    RdmaService service;
    try {
      if (!required && !VerbsProvider.hasDevices()) {
        return none(state, "the worker's machine has no RDMA device");
      }
      Verbs verbs = VerbsProvider.get();
      service = new RdmaService(state, verbs, "", settings(wanted, rails), rails);
    } catch (FabricException e) {
      if (required) {
        throw e;
      }
      return none(state, "the worker cannot: " + e.getMessage());
    }
    service.openAll(addresses);
    if (required && service.ports.isEmpty()) {
      service.close();
      throw new FabricException(
          service.failures.values().stream()
              .map(Failure::reason)
              .findFirst()
              .orElse("the data service has no address for RDMA; name its devices or its host"));
    }
    return service;
  }

  private static RdmaSettings settings(RdmaServiceSettings wanted, int rails) {
    long memory = wanted.memory() / rails;
    long forRequests = memory / SHARE_OF_REQUESTS / RdmaFormat.REQUEST_BYTES;
    int receives = (int) Math.max(MIN_RECEIVES, Math.min(MAX_RECEIVES, forRequests));
    long left = memory - (long) receives * RdmaFormat.REQUEST_BYTES;
    int most = Integer.MAX_VALUE / 2 / MESSAGE_BYTES;
    int sends = (int) Math.max(MIN_SENDS, Math.min(most, left / MESSAGE_BYTES));
    return new RdmaSettings(
        receives,
        RdmaFormat.REQUEST_BYTES,
        sends,
        MESSAGE_BYTES,
        wanted.path().spin(),
        wanted.path().verbs());
  }

  private void openAll(Collection<InetAddress> addresses) {
    for (InetAddress address : addresses) {
      open(plain(address));
    }
  }

  /** Without what a scope adds to it. */
  private static InetAddress plain(InetAddress address) {
    return NetUtil.createInetAddressFromIpAddressString(
        NetUtil.bytesToIpAddress(address.getAddress()));
  }

  private synchronized void open(InetAddress address) {
    Rail old = ports.get(address);
    if (old != null && !old.port.isRemoved()) {
      return;
    }
    if (old != null) {
      ports.remove(address);
      old.port.close();
    }
    try {
      if (ports.size() >= rails) {
        throw new FabricException(
            "the memory of railfs.worker.rdma.memory is divided among "
                + rails
                + " devices, and all of it is in use");
      }
      RdmaPort port = RdmaPort.open(verbs, address, settings);
      try {
        int number = port.listen(request -> requested(address, request));
        String device = port.facts().name();
        RailTraffic traffic = state.rail(RailTraffic.RDMA, device);
        ports.put(address, new Rail(port, number, traffic, new Tickets<>(System::nanoTime)));
        failures.remove(address);
        log.info("{} sends blocks over RDMA at {}", device, address.getHostAddress());
      } catch (FabricException e) {
        port.close();
        throw e;
      }
    } catch (FabricException e) {
      log.debug("no RDMA at {}", address, e);
      failures.put(address, new Failure(String.valueOf(e.getMessage()), System.nanoTime()));
    }
  }

  /** What its ports do now, by device. */
  public Collection<RdmaUse> use() {
    Map<String, RdmaUse> devices = new TreeMap<>();
    for (Rail rail : ports.values()) {
      String device = rail.port.facts().name();
      RdmaUse one =
          new RdmaUse(
              device, rail.port.connections(), rail.port.buffersUsed(), rail.port.problem());
      devices.merge(device, one, RdmaUse::plus);
    }
    return devices.values();
  }

  /** What a data connection's client is offered. */
  RdmaOffer offer(DataHandler connection) {
    if (!problem.isEmpty()) {
      return refusal(problem);
    }
    SocketAddress own = connection.context().channel().localAddress();
    if (!(own instanceof InetSocketAddress socket)) {
      return refusal("the connection has no address");
    }
    InetAddress address = plain(socket.getAddress());
    Rail rail = ports.get(address);
    if (rail == null || rail.port.isRemoved()) {
      return refusal(openLater(address));
    }
    if (!rail.port.problem().isEmpty()) {
      return refusal(rail.port.facts().name() + " of the worker: " + rail.port.problem());
    }
    Optional<ByteString> token =
        rail.tickets.offer(connection, others -> hasRoom(rail, others + 1));
    if (token.isEmpty()) {
      return refusal("the worker has as many RDMA connections as railfs.worker.rdma.memory allows");
    }
    return RdmaOffer.newBuilder()
        .setPort(rail.number)
        .setToken(token.get())
        .setDevice(rail.port.facts().name())
        .build();
  }

  /** Whether there are receives for what all connections may ask, and for so many more. */
  private boolean hasRoom(Rail rail, int more) {
    return (long) (rail.port.connections() + more) * REQUESTS <= settings.receives();
  }

  private static RdmaOffer refusal(String sentence) {
    return RdmaOffer.newBuilder().setProblem(sentence).build();
  }

  /** Has a port opened that is not open; why it is not. */
  private String openLater(InetAddress address) {
    Failure failure = failures.get(address);
    if (failure == null || System.nanoTime() - failure.nanos > AGAIN_NANOS) {
      failures.put(
          address,
          new Failure(
              failure == null ? "the worker's RDMA port is being opened" : failure.reason,
              System.nanoTime()));
      try {
        opener.execute(() -> open(address));
      } catch (RejectedExecutionException e) {
        return "the worker is stopping";
      }
    }
    return failure == null ? "the worker's RDMA port is being opened" : failure.reason;
  }

  /** What was offered to a connection holds no more. */
  void withdraw(DataHandler connection) {
    ports.values().forEach(rail -> rail.tickets.withdraw(connection));
  }

  /** By the port's thread, one after the other. */
  private void requested(InetAddress address, RdmaRequest request) {
    Rail rail = ports.get(address);
    try {
      RdmaFormat.Greeting greeting = RdmaFormat.Greeting.decode(request.data());
      Tickets.Ticket<DataHandler> ticket =
          rail == null ? null : rail.tickets.find(greeting.token());
      if (ticket == null) {
        state
            .closeStats()
            .add(
                CloseReason.UNTRUSTED,
                new InetSocketAddress(address, 0),
                "what came with an RDMA connection is no token of this worker, or one that has"
                    + " expired");
        request.reject();
        return;
      }
      int piece = Math.min(MESSAGE_BYTES, greeting.messageBytes()) - RdmaFormat.ANSWER_HEAD_BYTES;
      RdmaFormat.Welcome welcome = new RdmaFormat.Welcome(ticket.answer(), REQUESTS, piece);
      RdmaLane lane = new RdmaLane(ticket.connection(), rail.traffic, welcome);
      lane.accept(request);
      // Not before: it counts for the connection until that counts itself.
      Tickets.Ticket<DataHandler> unused = rail.tickets.take(greeting.token());
    } catch (ProtocolException e) {
      log.debug("an RDMA connection was refused", e);
      request.reject();
    }
  }

  @Override
  public void close() {
    opener.shutdown();
    try {
      if (!opener.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("an RDMA port that is being opened did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ports.values().forEach(rail -> rail.port.close());
    ports.clear();
  }
}
