// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.railfs.fabric.ConnectionLimiter.Refusal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConnectionLimiterTest {
  private final List<Channel> evicted = new ArrayList<>();

  private static InetAddress address(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
  }

  @Test
  void theOldestThatAsksForNothingMakesRoom() throws Exception {
    ConnectionLimiter limiter = new ConnectionLimiter(2, 2, false, evicted::add);
    Channel busy = new EmbeddedChannel();
    Channel silent = new EmbeddedChannel();
    assertThat(limiter.enter(busy, address(1))).isEmpty();
    limiter.setEvictable(busy, false);
    assertThat(limiter.enter(silent, address(2))).isEmpty();
    Channel third = new EmbeddedChannel();
    assertThat(limiter.enter(third, address(3))).isEmpty();
    assertThat(evicted).containsExactly(silent);
    limiter.leave(silent);
    assertThat(limiter.connections()).isEqualTo(2);
    limiter.setEvictable(third, false);
    assertThat(limiter.enter(new EmbeddedChannel(), address(4))).contains(Refusal.TOO_MANY);
    assertThat(limiter.busy()).isEqualTo(2);
    limiter.leave(busy);
    assertThat(limiter.enter(new EmbeddedChannel(), address(4))).isEmpty();
  }

  @Test
  void oneAddressHasItsNumber() throws Exception {
    ConnectionLimiter limiter = new ConnectionLimiter(10, 1, false, evicted::add);
    Channel first = new EmbeddedChannel();
    assertThat(limiter.enter(first, address(1))).isEmpty();
    assertThat(limiter.enter(new EmbeddedChannel(), address(1)))
        .contains(Refusal.TOO_MANY_OF_ADDRESS);
    assertThat(limiter.enter(new EmbeddedChannel(), address(2))).isEmpty();
    limiter.leave(first);
    assertThat(limiter.enter(new EmbeddedChannel(), address(1))).isEmpty();
    assertThat(evicted).isEmpty();
  }

  @Test
  void withinAnAddressTheOldestSilentOneIsEvictedWhereTheServerWantsThat() throws Exception {
    ConnectionLimiter limiter = new ConnectionLimiter(10, 2, true, evicted::add);
    Channel other = new EmbeddedChannel();
    Channel first = new EmbeddedChannel();
    Channel second = new EmbeddedChannel();
    limiter.enter(other, address(2));
    limiter.enter(first, address(1));
    limiter.enter(second, address(1));
    limiter.setEvictable(first, false);
    limiter.setEvictable(first, true);
    assertThat(limiter.enter(new EmbeddedChannel(), address(1))).isEmpty();
    assertThat(evicted).as("by their arrival").containsExactly(first);
  }
}
