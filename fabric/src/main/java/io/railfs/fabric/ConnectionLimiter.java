// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Which connections a server keeps: so many in all, so many of one address. Where the limit is
 * reached, the oldest of those that ask for nothing is evicted for the new one, so that connections
 * which say nothing keep out none that do. Thread-safe.
 */
public final class ConnectionLimiter {
  private final int max;
  private final int maxOfAddress;
  private final boolean evictsWithinAddress;
  private final Consumer<Channel> evicted;

  /** Guarded by this, as all below. */
  private final Map<Channel, Entry> connections = new HashMap<>();

  private final Map<InetAddress, Integer> ofAddress = new HashMap<>();
  private final TreeMap<Long, Channel> evictable = new TreeMap<>();
  private long arrivals;

  private record Entry(InetAddress address, long arrival) {}

  /** Which limit keeps a connection out. */
  public enum Refusal {
    TOO_MANY,
    TOO_MANY_OF_ADDRESS
  }

  /**
   * @param evictsWithinAddress whether one of an address that has its number makes room for another
   *     of the same; else the new one is refused
   * @param evicted is to close a connection that is evicted; called by the thread that enters
   *     another
   */
  public ConnectionLimiter(
      int max, int maxOfAddress, boolean evictsWithinAddress, Consumer<Channel> evicted) {
    this.max = max;
    this.maxOfAddress = maxOfAddress;
    this.evictsWithinAddress = evictsWithinAddress;
    this.evicted = requireNonNull(evicted, "evicted is null");
  }

  /**
   * Counts a connection in, which may be evicted from now on, for {@link #leave} to count out.
   *
   * @return why it may not stay; empty where it may
   */
  public Optional<Refusal> enter(Channel channel, InetAddress address) {
    Channel leaves = null;
    synchronized (this) {
      int same = ofAddress.getOrDefault(address, 0);
      if (same >= maxOfAddress) {
        leaves = evictsWithinAddress ? oldestOf(address) : null;
        if (leaves == null) {
          return Optional.of(Refusal.TOO_MANY_OF_ADDRESS);
        }
      } else if (connections.size() >= max) {
        leaves = evictable.isEmpty() ? null : evictable.firstEntry().getValue();
        if (leaves == null) {
          return Optional.of(Refusal.TOO_MANY);
        }
      }
      if (leaves != null) {
        leave(leaves);
      }
      connections.put(channel, new Entry(address, arrivals));
      ofAddress.merge(address, 1, Integer::sum);
      evictable.put(arrivals++, channel);
    }
    if (leaves != null) {
      evicted.accept(leaves);
    }
    return Optional.empty();
  }

  private Channel oldestOf(InetAddress address) {
    for (Channel channel : evictable.values()) {
      if (connections.get(channel).address().equals(address)) {
        return channel;
      }
    }
    return null;
  }

  /** Whether a connection may be evicted; no word where it has left. */
  public synchronized void setEvictable(Channel channel, boolean may) {
    Entry entry = connections.get(channel);
    if (entry != null && may) {
      evictable.put(entry.arrival(), channel);
    } else if (entry != null) {
      evictable.remove(entry.arrival());
    }
  }

  /** One that entered has ended; no word where it was evicted. */
  public synchronized void leave(Channel channel) {
    Entry entry = connections.remove(channel);
    if (entry != null) {
      evictable.remove(entry.arrival());
      ofAddress.computeIfPresent(entry.address(), (a, count) -> count == 1 ? null : count - 1);
    }
  }

  public synchronized int connections() {
    return connections.size();
  }

  /** Connections that may not be evicted. */
  public synchronized int busy() {
    return connections.size() - evictable.size();
  }
}
