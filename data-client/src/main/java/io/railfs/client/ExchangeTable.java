package io.railfs.client;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The exchanges under way on one connection, by request id. Confined to the connection's event
 * loop, but for {@link #bytesInFlight}.
 */
final class ExchangeTable {
  private final LongObjectMap<Exchange> exchanges = new LongObjectHashMap<>();
  private final AtomicLong bytesInFlight = new AtomicLong();
  private long lastId;
  private int dropped;

  /** Payload bytes that are still to come, those of exchanges that are about to start too. */
  long bytesInFlight() {
    return bytesInFlight.get();
  }

  /** Counts an exchange that will be added; by any thread. */
  void announce(Exchange exchange) {
    bytesInFlight.addAndGet(exchange.payloadLength());
  }

  /** Adds an exchange that was announced and returns its request id. */
  long add(Exchange exchange) {
    long id = ++lastId;
    exchange.setId(id);
    exchanges.put(id, exchange);
    return id;
  }

  /** The exchange with this id, or null. */
  Exchange find(long id) {
    return exchanges.get(id);
  }

  /**
   * Takes note of payload that has come. To be called before anybody gets it: whoever has waited
   * for it asks for more at once, and is to find this connection free.
   */
  void arrived(Exchange exchange, int bytes) {
    if (!(exchange instanceof Exchange.Dropped)) {
      exchange.arrived(bytes);
      bytesInFlight.addAndGet(-bytes);
    }
  }

  void remove(long id) {
    Exchange exchange = exchanges.remove(id);
    if (exchange instanceof Exchange.Dropped) {
      dropped--;
    } else {
      forget(exchange);
    }
  }

  private void forget(Exchange exchange) {
    int left = exchange.payloadLeft();
    if (left > 0) {
      bytesInFlight.addAndGet(-left);
    }
  }

  /** Exchanges that somebody waits for. */
  int live() {
    return exchanges.size() - dropped;
  }

  /** Exchanges whose answer is awaited only to be forgotten. */
  int dropped() {
    return dropped;
  }

  /** Takes out those whose time is over and leaves a {@link Exchange.Dropped} for each. */
  List<Exchange> dropExpired(long now) {
    List<Exchange> expired = List.of();
    for (LongObjectMap.PrimitiveEntry<Exchange> entry : exchanges.entries()) {
      Exchange exchange = entry.value();
      if (exchange instanceof Exchange.Dropped || !exchange.isExpired(now)) {
        continue;
      }
      if (expired.isEmpty()) {
        expired = new ArrayList<>();
      }
      expired.add(exchange);
      entry.setValue(new Exchange.Dropped(exchange));
      forget(exchange);
      dropped++;
    }
    return expired;
  }

  /**
   * Takes one out and leaves a {@link Exchange.Dropped} for it.
   *
   * @return false where it has ended
   */
  boolean drop(Exchange exchange) {
    if (exchanges.get(exchange.id()) != exchange) {
      return false;
    }
    exchanges.put(exchange.id(), new Exchange.Dropped(exchange));
    forget(exchange);
    dropped++;
    return true;
  }

  /** Those that take longer than usual. */
  List<Exchange> slow(long now) {
    List<Exchange> slow = List.of();
    for (Exchange exchange : exchanges.values()) {
      if (exchange.isSlow(now)) {
        if (slow.isEmpty()) {
          slow = new ArrayList<>();
        }
        slow.add(exchange);
      }
    }
    return slow;
  }

  /** Takes out all that somebody waits for. */
  List<Exchange> clear() {
    List<Exchange> live =
        exchanges.values().stream().filter(e -> !(e instanceof Exchange.Dropped)).toList();
    exchanges.clear();
    dropped = 0;
    return live;
  }
}
