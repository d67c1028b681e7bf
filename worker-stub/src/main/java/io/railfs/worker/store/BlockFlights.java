// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.store;

import io.railfs.worker.store.disk.BlockKey;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The blocks that are being opened or loaded, and who waits for which of their bytes. Thread-safe.
 *
 * <pre>
 *   join (the first) ----> publish ----> publish ----> withdraw ----> land
 *   join ... waits            | whose bytes are there                    | everyone left gets the end
 *   join ... gets its bytes at once where they are there already
 * </pre>
 *
 * <p>A flight is only ever touched inside the map's compute, which holds its key; waiters are
 * called outside.
 */
final class BlockFlights {
  /** What becomes of who joins. */
  enum Joined {
    /** It has to see that the block gets opened or loaded. */
    FIRST,
    WAITS,
    /** Its waiter was called. */
    SERVED
  }

  private static final class Flight {
    private final List<BlockRange> waiting = new ArrayList<>(2);

    /** The block while it is loaded, as soon as a part of it is there; null before. */
    private MemoryBlock block;

    /** The chunks of it that are there. */
    private final BitSet ready = new BitSet();

    boolean has(BlockRange range) {
      return block != null
          && !range.waiter().isForStore()
          && ready.nextClearBit(range.firstChunk()) >= range.endChunk()
          && block.lends(range.length());
    }
  }

  private final ConcurrentHashMap<BlockKey, Flight> flights = new ConcurrentHashMap<>();

  Joined join(BlockKey key, BlockRange range) {
    Joined[] joined = {Joined.WAITS};
    MemoryBlock[] part = new MemoryBlock[1];
    flights.compute(
        key,
        (k, known) -> {
          Flight flight = known == null ? new Flight() : known;
          if (flight.has(range)) {
            joined[0] = Joined.SERVED;
            part[0] = flight.block;
            part[0].retain();
          } else {
            joined[0] = known == null ? Joined.FIRST : Joined.WAITS;
            flight.waiting.add(range);
          }
          return flight;
        });
    if (part[0] != null) {
      range.ready(part[0]);
    }
    return joined[0];
  }

  /** The bytes that who waits longest waits for; null where nobody waits. */
  BlockRange wanted(BlockKey key) {
    BlockRange[] wanted = new BlockRange[1];
    flights.computeIfPresent(
        key,
        (k, flight) -> {
          wanted[0] = flight.waiting.isEmpty() ? null : flight.waiting.get(0);
          return flight;
        });
    return wanted[0];
  }

  /**
   * Serves those who wait for nothing else than chunks that are there. The block stays the
   * caller's.
   *
   * @return how many were served
   */
  int publish(BlockKey key, MemoryBlock block, int firstChunk, int endChunk) {
    List<BlockRange> served = new ArrayList<>();
    flights.computeIfPresent(
        key,
        (k, flight) -> {
          flight.block = block;
          flight.ready.set(firstChunk, endChunk);
          for (Iterator<BlockRange> all = flight.waiting.iterator(); all.hasNext(); ) {
            BlockRange range = all.next();
            if (flight.has(range)) {
              all.remove();
              block.retain();
              served.add(range);
            }
          }
          return flight;
        });
    served.forEach(range -> range.ready(block));
    return served.size();
  }

  /** The block is let go of by who loads it: who joins from now on waits for the end. */
  void withdraw(BlockKey key) {
    flights.computeIfPresent(
        key,
        (k, flight) -> {
          flight.block = null;
          return flight;
        });
  }

  /** Takes everyone who still waits; whoever joins from now on starts again. */
  List<BlockRange> land(BlockKey key) {
    Flight flight = flights.remove(key);
    return flight == null ? List.of() : flight.waiting;
  }
}
