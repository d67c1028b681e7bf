package io.railfs.http;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that a server holds: so many in all, so many of one address. When all places are
 * taken, the one that came first of those that wait for a request gives way, of the same address
 * where that one has its number: who connects and asks nothing, or no more, keeps nobody out. Used
 * by the server's only event loop.
 */
final class HttpPlaces {
  private static final Logger log = LoggerFactory.getLogger(HttpPlaces.class);

  static final int MOST = 64;
  static final int MOST_OF_ADDRESS = 32;

  private final String name;
  private final Map<Channel, HttpConnection> connections = new LinkedHashMap<>();

  /**
   * @param name of the service, for messages
   */
  HttpPlaces(String name) {
    this.name = requireNonNull(name, "name is null");
  }

  /** Gives a connection a place until it ends; false where there is none. */
  boolean enter(Channel channel, HttpConnection connection) {
    InetAddress address = address(channel);
    long same = connections.keySet().stream().filter(c -> address.equals(address(c))).count();
    boolean addressFull = same >= MOST_OF_ADDRESS;
    boolean full = addressFull || connections.size() >= MOST;
    if (full && !makeRoom(addressFull ? address : null)) {
      log.debug("{} has too many connections; closing {}", name, channel.remoteAddress());
      return false;
    }
    connections.put(channel, connection);
    channel.closeFuture().addListener(closed -> connections.remove(channel));
    return true;
  }

  /** Connections whose requests came and have no answer yet. */
  int answering() {
    return Math.toIntExact(
        connections.values().stream().filter(HttpConnection::isAnswering).count());
  }

  /**
   * Closes one that waits.
   *
   * @param address only of this one; null for any
   */
  private boolean makeRoom(InetAddress address) {
    for (Map.Entry<Channel, HttpConnection> entry : connections.entrySet()) {
      boolean meant = address == null || address.equals(address(entry.getKey()));
      if (meant && !entry.getValue().isAnswering()) {
        log.debug("{} closes {} for another", name, entry.getKey().remoteAddress());
        Channel leaves = entry.getKey();
        connections.remove(leaves);
        ChannelFuture unused = leaves.close();
        return true;
      }
    }
    return false;
  }

  private static InetAddress address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }
}
