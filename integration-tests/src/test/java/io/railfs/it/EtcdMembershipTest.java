package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.railfs.membership.MemberWatch;
import io.railfs.membership.MembershipException;
import io.railfs.membership.MembershipSettings;
import io.railfs.membership.Registration;
import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.Member;
import io.railfs.protocol.messages.WorkerState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Registration and watch against a real etcd. */
final class EtcdMembershipTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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
    await().atMost(PATIENCE).until(watch::isStale);
    assertThat(told.get()).isEqualTo(before);
    assertThat(seen.get()).containsExactly(self.get());
    etcd.start();
    await().atMost(PATIENCE).until(() -> !watch.isStale());
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
    await().atMost(PATIENCE).until(() -> MemberWatch.once(settings()).equals(List.of(self)));
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
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen.get()).containsExactly(members));
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
