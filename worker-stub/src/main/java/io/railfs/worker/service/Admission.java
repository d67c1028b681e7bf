package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who may stay: so many connections in all, so many of one address. Where all places are taken, the
 * one that came first of those that have said no HELLO gives way, so that connections which say
 * nothing cannot keep out those that do. Thread-safe.
 */
final class Admission {
  private final int most;
  private final int mostOfAddress;
  private final Dismissals dismissals;

  /** Guarded by this, as all below. */
  private final Map<InetAddress, Integer> ofAddress = new HashMap<>();

  private final Set<Channel> newcomers = new LinkedHashSet<>();
  private int connections;

  Admission(ServiceLimits limits, Dismissals dismissals) {
    this.most = limits.connections();
    this.mostOfAddress = limits.connectionsPerAddress();
    this.dismissals = requireNonNull(dismissals, "dismissals is null");
  }

  /** Counts a connection in, for {@link #leave} to count out; or tells why it may not stay. */
  Dismissal enter(Channel channel, InetAddress address) {
    Channel leaves = null;
    synchronized (this) {
      int same = ofAddress.getOrDefault(address, 0);
      if (same >= mostOfAddress) {
        return Dismissal.TOO_MANY_OF_ADDRESS;
      }
      if (connections >= most) {
        Iterator<Channel> oldest = newcomers.iterator();
        if (!oldest.hasNext()) {
          return Dismissal.TOO_MANY;
        }
        leaves = oldest.next();
        oldest.remove();
      }
      connections++;
      ofAddress.put(address, same + 1);
      newcomers.add(channel);
    }
    if (leaves != null) {
      dismissals.add(Dismissal.GAVE_WAY, leaves.remoteAddress(), "");
      ChannelFuture unused = leaves.close();
    }
    return null;
  }

  /** It said HELLO. */
  synchronized void greeted(Channel channel) {
    newcomers.remove(channel);
  }

  /** One that entered has ended. */
  synchronized void leave(Channel channel, InetAddress address) {
    connections--;
    newcomers.remove(channel);
    ofAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
  }

  synchronized int connections() {
    return connections;
  }
}
