// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.verbs.FakeDevice;
import io.railfs.fabric.verbs.FakeNetwork;
import io.railfs.fabric.verbs.FakeVerbs;
import io.railfs.fabric.verbs.VerbsSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RdmaPortTest {
  private static final int BYTES = 4096;
  private static final VerbsSettings PLAIN = VerbsSettings.of(new VerbsSettings.Needs(1, 1, 1, 0));

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private InetAddress here;
  private InetAddress there;
  private FakeDevice mine;
  private FakeDevice theirs;

  @BeforeEach
  void plug() throws Exception {
    here = InetAddress.getByName("10.9.0.1");
    there = InetAddress.getByName("10.9.0.2");
    mine = FakeNetwork.add("fake0", here);
    theirs = FakeNetwork.add("fake1", there);
  }

  @AfterEach
  void unplug() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    FakeNetwork.clear();
    assertThat(FakeNetwork.breaches()).isEmpty();
    assertThat(FakeNetwork.openPorts()).isZero();
    assertThat(FakeNetwork.queues()).isZero();
  }

  /** Keeps what comes. */
  private static class Taker implements RdmaHandler {
    final Queue<RdmaMessage> messages = new ConcurrentLinkedQueue<>();
    final Queue<Integer> numbers = new ConcurrentLinkedQueue<>();
    final CountDownLatch established = new CountDownLatch(1);
    final CountDownLatch closed = new CountDownLatch(1);
    final AtomicInteger closes = new AtomicInteger();
    volatile byte[] data = {};
    volatile String reason;
    volatile boolean keeps;

    @Override
    public void established(byte[] answer) {
      data = answer;
      established.countDown();
    }

    @Override
    public void received(RdmaMessage message) {
      numbers.add(message.bytes().getInt(0));
      if (keeps) {
        messages.add(message);
      } else {
        message.release();
      }
    }

    @Override
    public void closed(String why) {
      reason = why;
      closes.incrementAndGet();
      closed.countDown();
    }

    void awaitClosed() throws InterruptedException {
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(closes).hasValue(1);
    }
  }

  /** A connection and both of its ends. */
  private record Pair(
      RdmaPort client,
      RdmaPort worker,
      RdmaConnection asks,
      RdmaConnection answers,
      Taker asked,
      Taker answered) {}

  private static RdmaSettings settings(int receives, int sends) {
    return new RdmaSettings(receives, BYTES, sends, BYTES, Duration.ofMillis(1), PLAIN);
  }

  private RdmaPort port(InetAddress address, int receives, int sends) throws FabricException {
    RdmaPort port = RdmaPort.open(new FakeVerbs(), address, settings(receives, sends));
    open.push(port);
    return port;
  }

  private Pair pair(int receives, int sends) throws Exception {
    RdmaPort worker = port(there, receives, sends);
    RdmaPort client = port(here, receives, sends);
    return pair(client, worker);
  }

  private Pair pair(RdmaPort client, RdmaPort worker) throws Exception {
    AtomicReference<RdmaConnection> accepted = new AtomicReference<>();
    Taker answered = new Taker();
    int number =
        worker.listen(
            request -> {
              try {
                byte[] answer = {(byte) (request.data()[0] + 1)};
                accepted.set(request.accept(answer, made -> answered));
              } catch (FabricException e) {
                answered.closed(e.getMessage());
              }
            });
    Taker asked = new Taker();
    RdmaConnection asks =
        client.connect(new InetSocketAddress(there, number), new byte[] {41}, 1000, made -> asked);
    assertThat(asked.established.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(answered.established.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(asked.data[0]).isEqualTo((byte) 42);
    await().until(() -> accepted.get() != null);
    return new Pair(client, worker, asks, accepted.get(), asked, answered);
  }

  private static void send(RdmaConnection connection, int number, int length) {
    connection.takeBuffer(
        buffer -> {
          if (buffer != null) {
            buffer.bytes().putInt(number).position(length);
            connection.send(buffer);
          }
        });
  }

  private static List<Integer> numbers(int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  @Test
  void messagesArriveInOrderBothWaysAndBuffersComeBack() throws Exception {
    Pair pair = pair(16, 8);
    for (int i = 0; i < 2_000; i++) {
      send(pair.asks, i, 64);
      send(pair.answers, i, BYTES);
    }
    await().until(() -> pair.answered.numbers.size() == 2_000);
    await().until(() -> pair.asked.numbers.size() == 2_000);
    assertThat(pair.answered.numbers).containsExactlyElementsOf(numbers(2_000));
    assertThat(pair.asked.numbers).containsExactlyElementsOf(numbers(2_000));
    await().until(() -> pair.client.buffersUsed() == 0 && pair.worker.buffersUsed() == 0);
  }

  @Test
  void aMessageKeepsItsMemoryUntilItIsReleased() throws Exception {
    Pair pair = pair(16, 8);
    pair.answered.keeps = true;
    for (int i = 0; i < 8; i++) {
      send(pair.asks, i, 64);
    }
    await().until(() -> pair.answered.messages.size() == 8);
    pair.answered.keeps = false;
    for (int i = 8; i < 500; i++) {
      send(pair.asks, i, 64);
    }
    await().until(() -> pair.answered.numbers.size() == 500);
    int number = 0;
    for (RdmaMessage message : pair.answered.messages) {
      assertThat(message.bytes().getInt(0)).isEqualTo(number++);
      assertThat(message.bytes().remaining()).isEqualTo(64);
      message.release();
      assertThatThrownBy(message::release).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aReceiverWithoutReceivesBreaksTheConnectionOfWhoDidNotReserve() throws Exception {
    Pair pair = pair(4, 16);
    pair.answered.keeps = true;
    for (int i = 0; i < 6; i++) {
      send(pair.asks, i, 64);
    }
    pair.asked.awaitClosed();
    assertThat(pair.asked.reason).contains("posts no receives");
    pair.answered.awaitClosed();
    pair.answered.messages.forEach(RdmaMessage::release);
    await().until(() -> pair.client.buffersUsed() == 0);
    await().until(() -> pair.client.connections() == 0 && pair.worker.connections() == 0);
    // The ports are sound, and every receive is back.
    Pair next = pair(pair.client, pair.worker);
    for (int i = 0; i < 100; i++) {
      send(next.asks, i, 64);
    }
    await().until(() -> next.answered.numbers.size() == 100);
  }

  @Test
  void aMessageThatIsTooLongBreaksTheConnectionAndNothingElse() throws Exception {
    RdmaPort worker = port(there, 16, 8);
    RdmaPort client =
        RdmaPort.open(
            new FakeVerbs(), here, new RdmaSettings(16, BYTES, 8, 2 * BYTES, Duration.ZERO, PLAIN));
    open.push(client);
    Pair pair = pair(client, worker);
    Pair other = pair(client, worker);
    send(pair.asks, 0, BYTES + 1);
    pair.asked.awaitClosed();
    pair.answered.awaitClosed();
    send(other.asks, 7, BYTES);
    await().until(() -> other.answered.numbers.contains(7));
    await().until(() -> client.connections() == 1 && worker.connections() == 1);
  }

  @Test
  void aPeerThatClosesIsNoticedAndItsBuffersComeBack() throws Exception {
    Pair pair = pair(16, 8);
    pair.worker.close();
    pair.asked.awaitClosed();
    send(pair.asks, 1, 64);
    await().until(() -> pair.client.connections() == 0);
    assertThat(pair.client.buffersUsed()).isZero();
    assertThat(pair.client.problem()).isEmpty();
  }

  @Test
  void theEndOfAConnectionIsHeardAfterItsBeginningAndNoBeginningAfterTheEnd() throws Exception {
    RdmaPort worker = port(there, 16, 8);
    RdmaPort client = port(here, 16, 8);
    CountDownLatch taken = new CountDownLatch(2);
    int number =
        worker.listen(
            request -> {
              try {
                request.accept(new byte[1], made -> new Taker());
                taken.countDown();
              } catch (FabricException e) {
                throw new AssertionError(e);
              }
            });
    InetSocketAddress address = new InetSocketAddress(there, number);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    // A thread that waits for it would keep the port from being closed.
    open.push(mayGoOn::countDown);
    Taker slow =
        new Taker() {
          @Override
          public void established(byte[] answer) {
            begun.countDown();
            try {
              assertThat(mayGoOn.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            super.established(answer);
          }

          @Override
          public void closed(String why) {
            assertThat(established.getCount()).as("beginnings that are to come").isZero();
            super.closed(why);
          }
        };
    RdmaConnection first = client.connect(address, new byte[1], 1000, made -> slow);
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    // Its beginning waits behind the first one's.
    Taker late = new Taker();
    RdmaConnection second = client.connect(address, new byte[1], 1000, made -> late);
    assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
    first.close("the test has seen enough");
    second.close("the test has seen enough");
    late.awaitClosed();
    assertThat(slow.closes).hasValue(0);
    mayGoOn.countDown();
    slow.awaitClosed();
    await().until(() -> client.connections() == 0);
    Pair pair = pair(client, worker);
    assertThat(late.established.getCount()).as("beginnings that are to come").isOne();
    send(pair.asks, 1, 64);
    await().until(() -> pair.answered.numbers.contains(1));
  }

  @Test
  void aPortThatGoesDownEndsItsConnectionsAndServesAgainWhenItIsBack() throws Exception {
    Pair pair = pair(16, 8);
    theirs.freeze();
    for (int i = 0; i < 4; i++) {
      send(pair.answers, i, 64);
    }
    theirs.portDown();
    theirs.thaw();
    pair.answered.awaitClosed();
    assertThat(pair.answered.reason).contains("fake1:1").contains("the port is down");
    assertThat(pair.worker.problem()).isEqualTo("the port is down");
    // The other side has had nothing from it: its next message is not acknowledged.
    send(pair.asks, 1, 64);
    pair.asked.awaitClosed();
    assertThat(pair.asked.reason).contains("does not acknowledge");
    await().until(() -> pair.worker.connections() == 0 && pair.client.connections() == 0);
    assertThat(pair.worker.buffersUsed()).isZero();
    theirs.portUp();
    await().until(() -> pair.worker.problem().isEmpty());
    Pair again = pair(pair.client, pair.worker);
    send(again.asks, 3, 64);
    await().until(() -> again.answered.numbers.contains(3));
  }

  @Test
  void aDeviceThatIsRemovedEndsEverythingThoughNothingIsCompletedAnyMore() throws Exception {
    Pair pair = pair(16, 8);
    theirs.freeze();
    for (int i = 0; i < 3; i++) {
      send(pair.asks, i, 64);
    }
    mine.remove();
    pair.asked.awaitClosed();
    assertThat(pair.asked.reason).contains("the device was removed");
    assertThat(pair.client.isRemoved()).isTrue();
    await().until(() -> pair.client.connections() == 0);
    assertThat(pair.client.buffersUsed()).isZero();
    assertThatThrownBy(
            () -> pair.client.connect(new InetSocketAddress(there, 1), new byte[0], 10, c -> null))
        .isInstanceOf(FabricException.class)
        .hasMessageContaining("the device was removed");
    CountDownLatch nothing = new CountDownLatch(1);
    pair.asks.takeBuffer(
        buffer -> {
          assertThat(buffer).isNull();
          nothing.countDown();
        });
    assertThat(nothing.await(1, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void wakeUpsThatAreLostCostLittle() throws Exception {
    mine.loseWakeups();
    theirs.loseWakeups();
    Pair pair = pair(16, 8);
    long start = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      int number = i;
      send(pair.asks, i, 64);
      await().pollInterval(Duration.ofMillis(1)).until(() -> pair.answered.numbers.size() > number);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aQueuePairThatBreaksEndsItsConnectionAlone() throws Exception {
    Pair pair = pair(16, 8);
    theirs.breakQueues();
    pair.answered.awaitClosed();
    pair.asked.awaitClosed();
    Pair next = pair(pair.client, pair.worker);
    send(next.answers, 5, 64);
    await().until(() -> next.asked.numbers.contains(5));
  }

  @Test
  void aReceiveThatIsFlushedAfterTheLastPollIsPostedAgain() throws Exception {
    RdmaPort worker = port(there, 4, 8);
    RdmaPort client = port(here, 4, 8);
    theirs.beginMessages(10);
    for (int round = 0; round < 10; round++) {
      Pair pair = pair(client, worker);
      pair.answers.close("the test has seen enough");
      pair.asked.awaitClosed();
      await().until(() -> worker.connections() == 0);
    }
    Pair pair = pair(client, worker);
    pair.answered.keeps = true;
    for (int i = 0; i < 4; i++) {
      send(pair.asks, i, 64);
    }
    // All of them at the same time.
    await().until(() -> pair.answered.messages.size() == 4);
    pair.answered.messages.forEach(RdmaMessage::release);
  }

  @Test
  void aConnectionThatNobodyTakesIsRefused() throws Exception {
    RdmaPort client = port(here, 16, 8);
    RdmaPort worker = port(there, 16, 8);
    Taker nobody = new Taker();
    client.connect(new InetSocketAddress(there, 1), new byte[0], 100, made -> nobody);
    nobody.awaitClosed();
    assertThat(nobody.reason).contains("UNREACHABLE");
    int number = worker.listen(RdmaRequest::reject);
    Taker rejected = new Taker();
    client.connect(new InetSocketAddress(there, number), new byte[0], 100, made -> rejected);
    rejected.awaitClosed();
    assertThat(rejected.reason).contains("REJECTED");
    await().until(() -> client.connections() == 0);
  }

  @Test
  void onePeerThatTakesNothingDoesNotKeepTheOthersFromSending() throws Exception {
    RdmaPort worker = port(there, 64, 8);
    RdmaPort client = port(here, 64, 64);
    Pair slow = pair(client, worker);
    Pair good = pair(client, worker);
    AtomicInteger taken = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      // Taken and kept, as by one whose disk hangs.
      slow.answers.takeBuffer(buffer -> taken.incrementAndGet());
    }
    assertThat(taken).hasValue(4);
    for (int i = 0; i < 50; i++) {
      send(good.answers, i, 64);
    }
    await().until(() -> good.asked.numbers.size() == 50);
    slow.answers.close("the test has seen enough");
    assertThat(taken).hasValue(20);
  }

  @Test
  void reservationsAreBoundedAndWakeWhoWaits() {
    Receives receives = new Receives(10);
    AtomicInteger woken = new AtomicInteger();
    assertThat(receives.reserve(8, woken::incrementAndGet)).isTrue();
    assertThat(receives.reserve(3, woken::incrementAndGet)).isFalse();
    receives.release(8);
    assertThat(woken).hasValue(1);
    assertThat(receives.free()).isEqualTo(10);
    assertThatThrownBy(() -> receives.reserve(11, woken::incrementAndGet))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> receives.release(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aPortWithoutADeviceOrAnActiveLinkIsRefused() throws Exception {
    assertThatThrownBy(() -> port(InetAddress.getByName("10.9.9.9"), 4, 4))
        .isInstanceOf(FabricException.class)
        .hasMessageContaining("no RDMA device has the address 10.9.9.9");
    mine.portDown();
    assertThatThrownBy(() -> port(here, 4, 4)).hasMessageContaining("is not ACTIVE");
  }

  @Test
  void whatIsSentIsWhatArrives() throws Exception {
    Pair pair = pair(16, 8);
    pair.answered.keeps = true;
    CountDownLatch sent = new CountDownLatch(1);
    pair.asks.takeBuffer(
        buffer -> {
          ByteBuffer bytes = buffer.bytes();
          for (int i = 0; i < BYTES; i++) {
            bytes.put((byte) (i * 31));
          }
          pair.asks.send(buffer);
          sent.countDown();
        });
    await().until(() -> pair.answered.messages.size() == 1);
    ByteBuffer got = pair.answered.messages.element().bytes();
    assertThat(got.remaining()).isEqualTo(BYTES);
    for (int i = 0; i < BYTES; i++) {
      assertThat(got.get(i)).isEqualTo((byte) (i * 31));
    }
    pair.answered.messages.element().release();
    assertThat(sent.getCount()).isZero();
  }
}
