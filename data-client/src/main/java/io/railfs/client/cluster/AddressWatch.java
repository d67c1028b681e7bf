// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.cluster;

import static java.util.Objects.requireNonNull;

import io.railfs.client.ClusterException;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.Endpoint;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the addresses of host names that stand for several workers each, such as that of a
 * headless service of Kubernetes. Each name is looked up again every few seconds, by a thread that
 * may hang in the resolver without harm; where that fails or takes too long, the addresses known
 * last stay in use. One thread, and one more for each lookup under way.
 *
 * <p>A name that has IPv4 addresses is known by these alone, as a worker of both kinds would count
 * twice otherwise.
 */
final class AddressWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AddressWatch.class);

  /** The JVM itself asks the name server this often at most ({@code JvmCommand}). */
  static final Duration PERIOD = Duration.ofSeconds(5);

  private final List<Endpoint> names;
  private final Duration timeout;
  private final Consumer<Set<Endpoint>> listener;
  private final Thread thread;

  /** Confined to the thread, once it runs: of each name, its addresses known last. */
  private final Map<Endpoint, Set<Endpoint>> known = new LinkedHashMap<>();

  /** Confined to the thread: names whose last lookup failed. */
  private final Set<Endpoint> failing = new LinkedHashSet<>();

  /** Confined to the thread: lookups that were left behind, and may still hang. */
  private final Map<Endpoint, CompletableFuture<Set<Endpoint>>> open = new LinkedHashMap<>();

  private volatile boolean closed;

  private AddressWatch(List<Endpoint> names, Duration timeout, Consumer<Set<Endpoint>> listener) {
    this.names = List.copyOf(names);
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.listener = requireNonNull(listener, "listener is null");
    thread = new Thread(this::run, "railfs-names");
    thread.setDaemon(true);
  }

  /**
   * Looks the names up and follows them.
   *
   * @param timeout of one lookup
   * @param listener called with all addresses, at first before this returns and then whenever one
   *     comes or goes; called by one thread at a time
   * @throws ClusterException with one sentence where no name has an address
   */
  static AddressWatch start(
      List<Endpoint> names, Duration timeout, Consumer<Set<Endpoint>> listener)
      throws ClusterException {
    AddressWatch watch = new AddressWatch(names, timeout, listener);
    listener.accept(watch.first());
    watch.thread.start();
    return watch;
  }

  /** The addresses now, asked once. Fails: as {@link #start}. */
  static Set<Endpoint> once(List<Endpoint> names, Duration timeout) throws ClusterException {
    return new AddressWatch(names, timeout, addresses -> {}).first();
  }

  private Set<Endpoint> first() throws ClusterException {
    try {
      List<String> reasons = new ArrayList<>();
      for (Endpoint name : names) {
        try {
          known.put(name, lookUp(name));
        } catch (UnknownHostException e) {
          failing.add(name);
          reasons.add(e.getMessage());
        }
      }
      if (known.isEmpty()) {
        throw new ClusterException(
            Failure.UNREACHABLE,
            String.join(", ", reasons)
                + "; start a worker there or correct the names behind dns: in railfs.workers");
      }
      reasons.forEach(reason -> log.warn("{}; it is tried again", reason));
      return all();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(Failure.UNREACHABLE, "looking workers up was interrupted", e);
    }
  }

  private Set<Endpoint> all() {
    Set<Endpoint> all = new LinkedHashSet<>();
    known.values().forEach(all::addAll);
    return all;
  }

  private void run() {
    try {
      while (!closed) {
        TimeUnit.MILLISECONDS.sleep(PERIOD.toMillis());
        Set<Endpoint> before = all();
        for (Endpoint name : names) {
          lookAgain(name);
        }
        Set<Endpoint> now = all();
        if (!closed && !now.equals(before)) {
          listener.accept(now);
        }
      }
    } catch (InterruptedException e) {
      log.debug("names are not followed any more, as the client is closed", e);
    } catch (RuntimeException e) {
      log.error("names of workers are not followed any more: internal error (bug)", e);
    }
  }

  private void lookAgain(Endpoint name) throws InterruptedException {
    try {
      known.put(name, lookUp(name));
      if (failing.remove(name)) {
        log.info("{} has addresses again", name.host());
      }
    } catch (UnknownHostException e) {
      if (failing.add(name)) {
        log.warn("{}; the workers known so far stay in use", e.getMessage());
      }
    }
  }

  /** One that hangs is waited for again, rather than begun once more. */
  private Set<Endpoint> lookUp(Endpoint name) throws UnknownHostException, InterruptedException {
    CompletableFuture<Set<Endpoint>> answer = open.computeIfAbsent(name, AddressWatch::begin);
    try {
      Set<Endpoint> addresses = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      open.remove(name);
      return addresses;
    } catch (TimeoutException e) {
      UnknownHostException late =
          new UnknownHostException(
              "the name server has not answered for %s within %d ms"
                  .formatted(name.host(), timeout.toMillis()));
      late.initCause(e);
      throw late;
    } catch (ExecutionException e) {
      open.remove(name);
      UnknownHostException unknown =
          new UnknownHostException("the name " + name.host() + " has no address");
      unknown.initCause(e.getCause());
      throw unknown;
    }
  }

  private static CompletableFuture<Set<Endpoint>> begin(Endpoint name) {
    CompletableFuture<Set<Endpoint>> answer = new CompletableFuture<>();
    Thread lookup =
        new Thread(
            () -> {
              try {
                answer.complete(addresses(name));
              } catch (UnknownHostException | RuntimeException e) {
                answer.completeExceptionally(e);
              }
            },
            "railfs-name-" + name.host());
    lookup.setDaemon(true);
    lookup.start();
    return answer;
  }

  private static Set<Endpoint> addresses(Endpoint name) throws UnknownHostException {
    List<InetAddress> all = Arrays.asList(InetAddress.getAllByName(name.host()));
    List<InetAddress> v4 = all.stream().filter(Inet4Address.class::isInstance).toList();
    Set<Endpoint> endpoints = new LinkedHashSet<>();
    (v4.isEmpty() ? all : v4)
        .stream()
            .map(InetAddress::getHostAddress)
            .sorted()
            .forEach(address -> endpoints.add(new Endpoint(address, name.port())));
    return endpoints;
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
