// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.util.Objects.requireNonNull;

import io.railfs.base.Release;
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
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What the worker announces of itself: in HELLO replies and, where the settings say so, in etcd.
 * Thread-safe.
 */
final class WorkerAnnouncement implements AutoCloseable {
  private final WorkerSettings settings;
  private final String id;
  private final long capacity;
  private final BooleanSupplier draining;
  private volatile Lifecycle lifecycle = Lifecycle.NEW;
  private Server data;
  private Server rpc;
  private Registration registration;

  /** How far the start is; a worker that drains does so while it serves. */
  private enum Lifecycle {
    /** The services have no ports yet: clients are asked to try again. */
    NEW,
    STARTING,
    SERVING
  }

  /**
   * @param capacity bytes of the store
   * @param draining whether the worker hands over
   */
  WorkerAnnouncement(WorkerSettings settings, String id, long capacity, BooleanSupplier draining) {
    this.settings = requireNonNull(settings, "settings is null");
    this.id = requireNonNull(id, "id is null");
    this.capacity = capacity;
    this.draining = requireNonNull(draining, "draining is null");
  }

  /**
   * Announces the worker as starting.
   *
   * @throws MembershipException where a file of the settings cannot be used
   */
  void start(Server dataService, Server rpcService) throws MembershipException {
    this.data = dataService;
    this.rpc = rpcService;
    if (settings.membership().type() == MembershipSettings.Type.ETCD) {
      registration = Registration.start(settings.membership(), this::member);
    }
    lifecycle = Lifecycle.STARTING;
  }

  /** From now on clients may ask. */
  void serve() {
    lifecycle = Lifecycle.SERVING;
  }

  /** Other workers that left etcd without saying so, each with when it was seen last. */
  List<Member> lost() {
    return registration == null ? List.of() : registration.lost();
  }

  private WorkerState state() {
    if (draining.getAsBoolean()) {
      return WorkerState.DRAINING;
    }
    return lifecycle == Lifecycle.SERVING ? WorkerState.SERVING : WorkerState.STARTING;
  }

  /** The reply to the HELLO of a client at this address; empty before {@link #start}. */
  Optional<HelloReply> hello(InetAddress client) {
    return lifecycle == Lifecycle.NEW ? Optional.empty() : Optional.of(helloReply(client));
  }

  private HelloReply helloReply(InetAddress client) {
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

  /** Takes the worker out of the membership. */
  @Override
  public void close() {
    if (registration != null) {
      registration.close();
    }
  }
}
