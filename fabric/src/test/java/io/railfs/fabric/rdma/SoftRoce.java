// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.rdma;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.verbs.Verbs;
import io.railfs.fabric.verbs.VerbsProvider;
import io.railfs.fabric.verbs.VerbsSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * The binding on devices of the kernel's soft-RoCE, run in a virtual machine by railfs test --rdma:
 * two ports of one device, a connection between them, what is sent and what happens when one side
 * goes away. The arguments are their addresses and the other end of the cable of the interface that
 * has them.
 */
public final class SoftRoce {
  private static final int BYTES = 132 << 10;
  private static final long SECONDS = 60;

  private SoftRoce() {}

  /** Counts what comes and compares it with what should. */
  private static final class Taker implements RdmaHandler {
    final CountDownLatch established = new CountDownLatch(1);
    final CountDownLatch closed = new CountDownLatch(1);
    final AtomicInteger messages = new AtomicInteger();
    volatile byte[] data = {};
    volatile String reason = "";
    volatile String wrong = "";

    @Override
    public void established(byte[] answer) {
      data = answer;
      established.countDown();
    }

    @Override
    public void received(RdmaMessage message) {
      ByteBuffer bytes = message.bytes();
      int number = messages.getAndIncrement();
      if (bytes.getInt(0) != number) {
        wrong = "message " + bytes.getInt(0) + " came in place of " + number;
      }
      if (bytes.remaining() != length(number)) {
        wrong = "message " + number + " has " + bytes.remaining() + " bytes";
      }
      for (int i = 4; i < bytes.remaining(); i += 97) {
        if (bytes.get(i) != (byte) (i + number)) {
          wrong = "message " + number + " is wrong at " + i;
        }
      }
      message.release();
    }

    @Override
    public void closed(String why) {
      reason = why;
      closed.countDown();
    }
  }

  private static int length(int number) {
    return number % 3 == 0 ? 16 + number % 500 : BYTES - number % 1000;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("soft-RoCE: " + what);
    }
    System.out.println("soft-RoCE: " + what + ": yes");
  }

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      Thread.sleep(5);
    }
    check(condition.getAsBoolean(), what);
  }

  private static void send(RdmaConnection connection, int number) {
    connection.takeBuffer(
        buffer -> {
          if (buffer == null) {
            return;
          }
          ByteBuffer out = buffer.bytes();
          int length = length(number);
          for (int i = 4; i < length; i++) {
            out.put(i, (byte) (i + number));
          }
          out.putInt(0, number).position(length);
          connection.send(buffer);
        });
  }

  private static RdmaPort open(Verbs verbs, InetAddress address) throws FabricException {
    return RdmaPort.open(
        verbs,
        address,
        new RdmaSettings(
            64,
            BYTES,
            16,
            BYTES,
            Duration.ZERO,
            VerbsSettings.of(new VerbsSettings.Needs(1, 1, 1, 0))));
  }

  /** What a connection between two ports has. */
  private record Pair(RdmaConnection asks, Taker asked, RdmaConnection answers, Taker answered) {}

  private static Pair connect(RdmaPort client, RdmaPort worker, InetSocketAddress remote)
      throws Exception {
    Taker asked = new Taker();
    RdmaConnection asks = client.connect(remote, new byte[] {41}, 5_000, made -> asked);
    await(() -> asked.established.getCount() == 0, "a connection is established " + asked.reason);
    check(asked.data.length > 0 && asked.data[0] == 42, "the accept brings its data");
    Taker answered = ACCEPTED_TAKER.get();
    await(() -> answered.established.getCount() == 0, "both sides know it");
    check(worker.connections() > 0, "the worker counts it");
    return new Pair(asks, asked, ACCEPTED.get(), answered);
  }

  private static final AtomicReference<RdmaConnection> ACCEPTED = new AtomicReference<>();
  private static final AtomicReference<Taker> ACCEPTED_TAKER = new AtomicReference<>();

  private static int listen(RdmaPort worker) throws FabricException {
    return worker.listen(
        request -> {
          Taker taker = new Taker();
          ACCEPTED_TAKER.set(taker);
          try {
            byte[] answer = {(byte) (request.data()[0] + 1)};
            ACCEPTED.set(request.accept(answer, made -> taker));
          } catch (FabricException e) {
            System.out.println("soft-RoCE: accept: " + e.getMessage());
          }
        });
  }

  /** Runs all of it; an exception ends the process with a code that is not 0. */
  public static void main(String[] arguments) throws Exception {
    InetAddress here = InetAddress.getByName(arguments[0]);
    InetAddress there = InetAddress.getByName(arguments[1]);
    Verbs verbs = VerbsProvider.get();
    check(verbs.hasDevices(), "there is a device");
    RdmaPort worker = open(verbs, there);
    RdmaPort client = open(verbs, here);
    System.out.println("soft-RoCE: " + client.facts() + " and " + worker.facts());
    InetSocketAddress remote = new InetSocketAddress(there, listen(worker));
    exchange(connect(client, worker, remote), client, worker);
    refusals(client, there);
    ends(client, worker, remote);
    portDown(client, worker, remote, arguments[2]);
    client.close();
    worker.close();
    check(client.connections() == 0 && worker.connections() == 0, "nothing is left");
    System.out.println("soft-RoCE: passed");
  }

  private static void exchange(Pair pair, RdmaPort client, RdmaPort worker) throws Exception {
    int count = 400;
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      send(pair.asks, i);
      send(pair.answers, i);
    }
    await(() -> pair.asked.messages.get() == count, count + " messages came to the client");
    await(() -> pair.answered.messages.get() == count, count + " messages came to the worker");
    check(pair.asked.wrong.isEmpty(), "right ones, in order " + pair.asked.wrong);
    check(pair.answered.wrong.isEmpty(), "the other way too " + pair.answered.wrong);
    await(
        () -> client.buffersUsed() == 0 && worker.buffersUsed() == 0,
        "every send has its completion");
    System.out.println(
        "soft-RoCE: took " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms");
  }

  private static void refusals(RdmaPort client, InetAddress there) throws Exception {
    Taker nobody = new Taker();
    RdmaConnection unused =
        client.connect(new InetSocketAddress(there, 9), new byte[0], 2_000, made -> nobody);
    await(() -> nobody.closed.getCount() == 0, "nobody listens there");
    System.out.println("soft-RoCE: the reason: " + nobody.reason);
  }

  private static void ends(RdmaPort client, RdmaPort worker, InetSocketAddress remote)
      throws Exception {
    Pair pair = connect(client, worker, remote);
    for (int i = 0; i < 20; i++) {
      send(pair.asks, i);
    }
    pair.answers.close("the test ends it");
    await(() -> pair.asked.closed.getCount() == 0, "the end is noticed by the peer");
    System.out.println("soft-RoCE: the reason: " + pair.asked.reason);
    await(() -> client.buffersUsed() == 0 && worker.buffersUsed() == 0, "buffers came back");
  }

  private static void portDown(
      RdmaPort client, RdmaPort worker, InetSocketAddress remote, String netdev) throws Exception {
    await(() -> client.connections() == 1, "queue pairs were destroyed");
    Pair pair = connect(client, worker, remote);
    int code =
        new ProcessBuilder("ip", "link", "set", netdev, "down").inheritIO().start().waitFor();
    check(code == 0, netdev + " is down");
    send(pair.asks, 0);
    await(() -> pair.asked.closed.getCount() == 0, "the port that is down is noticed");
    System.out.println("soft-RoCE: the reason: " + pair.asked.reason);
    await(() -> client.buffersUsed() == 0 && worker.buffersUsed() == 0, "buffers came back again");
  }
}
