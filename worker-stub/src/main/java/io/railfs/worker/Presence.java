package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.Listening;
import io.railfs.fabric.Server;
import io.railfs.membership.MembershipException;
import io.railfs.membership.MembershipSettings;
import io.railfs.membership.OwnAddress;
import io.railfs.membership.Registration;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.WorkerState;
import io.railfs.worker.service.ServiceState;
import io.railfs.worker.store.BlockSource;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the cluster knows of a worker, from its start to its leave. Thread-safe. */
final class Presence implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Presence.class);

  private static final long LOOK_MILLIS = 50;

  /** A worker that sent nothing for so long is not asked any more. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final WorkerSettings settings;
  private final String id;
  private final long capacity;
  private final Server data;
  private final Server rpc;
  private final BlockSource source;
  private final ServiceState services;
  private final Registration registration;
  private volatile boolean serving;

  /**
   * Makes it known as starting.
   *
   * @param capacity bytes of the store
   * @throws MembershipException where a file of the settings cannot be used
   */
  Presence(
      WorkerSettings settings,
      String id,
      long capacity,
      Server data,
      Server rpc,
      BlockSource source,
      ServiceState services)
      throws MembershipException {
    this.settings = requireNonNull(settings, "settings is null");
    this.id = requireNonNull(id, "id is null");
    this.capacity = capacity;
    this.data = requireNonNull(data, "data is null");
    this.rpc = requireNonNull(rpc, "rpc is null");
    this.source = requireNonNull(source, "source is null");
    this.services = requireNonNull(services, "services is null");
    registration =
        settings.membership().type() == MembershipSettings.Type.ETCD
            ? Registration.start(settings.membership(), this::member)
            : null;
  }

  /** Other workers that left etcd without saying so, each with when it was seen last. */
  List<Member> lost() {
    return registration == null ? List.of() : registration.lost();
  }

  /** From now on clients may ask. */
  void serve() {
    serving = true;
  }

  private WorkerState state() {
    if (source.isDraining()) {
      return WorkerState.DRAINING;
    }
    return serving ? WorkerState.SERVING : WorkerState.STARTING;
  }

  /** What a client at this address is told. */
  HelloReply hello(InetAddress client) {
    HelloReply.Builder reply =
        HelloReply.newBuilder()
            .setSoftwareVersion(Release.VERSION)
            .setWorkerId(id)
            .setBlockSize(settings.blockSize())
            .setState(state())
            .setCapacityBytes(capacity)
            .addAllDataEndpoints(endpoints(data, client, ""));
    if (!settings.rpc().devices().isEmpty()) {
      reply.addAllRpcEndpoints(endpoints(rpc, client, ""));
    }
    return reply.build();
  }

  private Member member() {
    String own = settings.address();
    if (own.isEmpty()) {
      own = OwnAddress.towards(settings.membership());
    }
    InetAddress any = InetAddress.getLoopbackAddress();
    return Member.newBuilder()
        .setWorkerId(id)
        .setSoftwareVersion(Release.VERSION)
        .setState(state())
        .setCapacityBytes(capacity)
        .addAllRpcEndpoints(endpoints(rpc, any, own))
        .addAllDataEndpoints(endpoints(data, any, own))
        .build();
  }

  /**
   * Where a service is reached.
   *
   * @param otherwise the address where any of this machine will do
   */
  private static List<DataEndpoint> endpoints(Server server, InetAddress client, String otherwise) {
    return server.endpoints(client).stream().map(one -> endpoint(one, otherwise)).toList();
  }

  private static DataEndpoint endpoint(Listening listening, String otherwise) {
    String address = listening.address().isEmpty() ? otherwise : listening.address();
    return DataEndpoint.newBuilder()
        .setAddress(address)
        .setPort(listening.port())
        .setDevice(listening.device())
        .build();
  }

  /**
   * Hands over: says that it drains, and waits until clients have taken note and what they asked
   * for is sent, {@code railfs.worker.drain-timeout} at most.
   */
  void leave() {
    source.drain(true);
    long start = System.nanoTime();
    long sent = services.sentBytes();
    long sentNanos = start;
    try {
      while (services.connections() > 0 && System.nanoTime() - sentNanos < QUIET_NANOS) {
        if (System.nanoTime() - start > settings.drainTimeout().toNanos()) {
          log.info("clients still read after {}; leaving", settings.drainTimeout());
          return;
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        long now = services.sentBytes();
        if (now != sent) {
          sent = now;
          sentNanos = System.nanoTime();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    log.debug("{} hands over no more", state().name().toLowerCase(Locale.ROOT));
  }

  /** Takes the worker out of the membership. */
  @Override
  public void close() {
    if (registration != null) {
      registration.close();
    }
  }
}
