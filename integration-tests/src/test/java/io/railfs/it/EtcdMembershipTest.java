// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.railfs.membership.MemberView;
import io.railfs.membership.MemberWatch;
import io.railfs.membership.MembershipException;
import io.railfs.membership.MembershipSettings;
import io.railfs.membership.Registration;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.WorkerState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Registration and watch against a real etcd. */
final class EtcdMembershipTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final EtcdServer etcd = EtcdServer.create();
  private final AtomicReference<List<Member>> seen = new AtomicReference<>();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final AtomicInteger told = new AtomicInteger();

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    etcd.close();
  }

  @Test
  void workersComeChangeAndGoUnderTheEyesOfAClient() throws Exception {
    AtomicReference<Member> self = new AtomicReference<>(member("w1", WorkerState.STARTING));
    MemberWatch watch = watch();
    assertThat(seen.get()).isEmpty();
    Registration registration = register(self::get);
    awaitMembers(self.get());
    self.set(member("w1", WorkerState.SERVING));
    awaitMembers(self.get());
    assertThat(MemberWatch.once(settings())).containsExactly(self.get());
    self.set(member("w1", WorkerState.DRAINING));
    awaitMembers(self.get());
    registration.close();
    awaitMembers();
    assertThat(watch.isStale()).isFalse();
  }

  @Test
  void whileEtcdIsAwayTheLastViewStandsAndAfterwardsChangesAreSeenAgain() throws Exception {
    AtomicReference<Member> self = new AtomicReference<>(member("w1", WorkerState.SERVING));
    MemberWatch watch = watch();
    register(self::get);
    awaitMembers(self.get());
    int before = told.get();
    etcd.stop();
    await().atMost(TIMEOUT).until(watch::isStale);
    assertThat(told.get()).isEqualTo(before);
    assertThat(seen.get()).containsExactly(self.get());
    etcd.start();
    await().atMost(TIMEOUT).until(() -> !watch.isStale());
    self.set(member("w1", WorkerState.DRAINING));
    awaitMembers(self.get());
  }

  @Test
  void anEtcdThatLostItsDataIsFilledAndReadAgain() throws Exception {
    Member self = member("w1", WorkerState.SERVING);
    watch();
    register(() -> self);
    awaitMembers(self);
    etcd.stop();
    etcd.loseData();
    etcd.start();
    await().atMost(TIMEOUT).until(() -> MemberWatch.once(settings()).equals(List.of(self)));
    Member other = member("w2", WorkerState.SERVING);
    register(() -> other);
    awaitMembers(self, other);
  }

  @Test
  void aWorkerWhoseKeyWasDeletedRegistersAgainWithinALease() throws Exception {
    Member self = member("w1", WorkerState.SERVING);
    watch();
    register(() -> self);
    awaitMembers(self);
    int before = told.get();
    etcd.deleteAll();
    // A third of the lease, and what a busy machine takes: that it went, and that it came.
    await().atMost(settings().lease().multipliedBy(2)).until(() -> told.get() >= before + 2);
    awaitMembers(self);
  }

  @Test
  void whoVanishesIsLostUntilItIsBackAndWhoLeavesIsNot() throws Exception {
    Member one = member("w1", WorkerState.SERVING);
    Member two = member("w2", WorkerState.SERVING);
    MemberWatch watch = watch();
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    register(() -> one);
    Thread keeper =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("railfs-registration"))
            .filter(thread -> !before.contains(thread))
            .findFirst()
            .orElseThrow();
    awaitMembers(one);
    Registration leaving = register(() -> two);
    awaitMembers(one, two);
    long now = System.currentTimeMillis() / 1000;
    // As a kill does: it renews nothing any more and says nothing.
    keeper.interrupt();
    awaitMembers(two);
    await().atMost(TIMEOUT).untilAsserted(() -> assertThat(watch.lost()).hasSize(1));
    Member lost = watch.lost().get(0);
    assertThat(lost.toBuilder().clearSeenSeconds().build()).isEqualTo(one);
    assertThat(lost.getSeenSeconds()).isBetween(now - 120, now + 1);
    assertThat(MemberWatch.view(settings()).lost()).as("who asks once").containsExactly(lost);
    Member three = member("w3", WorkerState.SERVING);
    Registration joining = register(() -> three);
    await().atMost(TIMEOUT).until(() -> joining.lost().equals(List.of(lost)));
    register(() -> one);
    awaitMembers(one, two, three);
    assertThat(watch.lost()).isEmpty();
    leaving.close();
    awaitMembers(one, three);
    MemberView view = MemberWatch.view(settings());
    assertThat(view.members()).containsExactly(one, three);
    assertThat(view.lost()).as("it said so").isEmpty();
  }

  @Test
  void manyWatchersReturnToEtcdOneAfterTheOther() throws Exception {
    int workers = 3_000;
    for (int i = 0; i < workers; i++) {
      etcd.put("/railfs/workers/w" + i, member("w" + i, WorkerState.SERVING).toString());
    }
    int watchers = 16;
    Queue<Long> readAgain = new ConcurrentLinkedQueue<>();
    AtomicBoolean lost = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(watchers);
    List<Future<MemberWatch>> starts = new ArrayList<>();
    for (int i = 0; i < watchers; i++) {
      starts.add(
          threads.submit(
              () ->
                  MemberWatch.start(
                      settings(),
                      members -> {
                        if (lost.get()) {
                          readAgain.add(System.nanoTime());
                        }
                      })));
    }
    for (Future<MemberWatch> start : starts) {
      open.push(start.get(60, TimeUnit.SECONDS));
    }
    threads.shutdown();
    etcd.stop();
    lost.set(true);
    // Each notices by a question that is not answered.
    TimeUnit.MILLISECONDS.sleep(settings().timeout().toMillis() + 4_000);
    etcd.start();
    await().atMost(TIMEOUT).until(() -> readAgain.size() >= watchers);
    long first = readAgain.stream().mapToLong(Long::longValue).min().orElseThrow();
    long last = readAgain.stream().mapToLong(Long::longValue).max().orElseThrow();
    // Up to 30 seconds, by chance: that 16 fall within 10 happens once in a million times. Without
    // the spread they return within a question and a look, 7 seconds.
    assertThat(Duration.ofNanos(last - first)).isGreaterThan(Duration.ofSeconds(10));
  }

  @Test
  void aClientThatStartsWithoutEtcdSaysSoInOneSentence() {
    etcd.stop();
    assertThatThrownBy(this::watch)
        .isInstanceOf(MembershipException.class)
        .hasMessageContaining("the workers cannot be learned")
        .hasMessageContaining("railfs.membership.etcd.endpoints");
  }

  private MemberWatch watch() throws MembershipException {
    MemberWatch watch =
        MemberWatch.start(
            settings(),
            members -> {
              told.incrementAndGet();
              seen.set(members);
            });
    open.push(watch);
    return watch;
  }

  private Registration register(Supplier<Member> self) throws MembershipException {
    Registration registration = Registration.start(settings(), self);
    open.push(registration);
    return registration;
  }

  private void awaitMembers(Member... members) {
    await().atMost(TIMEOUT).untilAsserted(() -> assertThat(seen.get()).containsExactly(members));
  }

  private MembershipSettings settings() {
    return MembershipSettings.of(
        ConfigFactory.parseString(etcd.settings()).withFallback(ConfigFactory.load()));
  }

  private static Member member(String id, WorkerState state) {
    return Member.newBuilder()
        .setWorkerId(id)
        .setState(state)
        .setCapacityBytes(1 << 30)
        .addRpcEndpoints(DataEndpoint.newBuilder().setAddress("10.0.0.1").setPort(29999))
        .build();
  }
}
