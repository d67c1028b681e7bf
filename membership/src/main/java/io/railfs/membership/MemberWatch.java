// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.TextFormat;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.railfs.protocol.messages.Member;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the workers that are registered in etcd. It reads them all, then watches from that
 * revision on; a small request every few seconds reports whether etcd is there, and what follows a
 * failure is to read them all again. While etcd is away the last view stands. One thread besides
 * jetcd's own.
 *
 * <p>There may be ten thousand of these at one etcd. So the small request goes to any one member of
 * etcd, but for each fifth, its times differ from process to process, and to read all again each
 * waits for a while by chance, the longer the more there is to read.
 */
public final class MemberWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MemberWatch.class);

  /** Between two looks, give or take a quarter. */
  private static final long LOOK_MILLIS = 2_000;

  /** Of so many requests one goes to etcd's leader. */
  private static final int EXACT = 5;

  /** How much longer reading all again may be put off for each worker that there is. */
  private static final long SPREAD_MILLIS = 10;

  private static final long MAX_SPREAD_MILLIS = 30_000;

  /** Between two looks at workers that are lost. */
  private static final long LOST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final long CLOSE_MILLIS = 5_000;

  private final MembershipSettings settings;
  private final Consumer<List<Member>> listener;
  private final ByteSequence prefix;
  private final Etcd etcd;
  private final LostMembers lostMembers;
  private final Thread thread;

  /** What ends the wait between two looks. */
  private final Semaphore wake = new Semaphore(0);

  private volatile boolean closed;
  private volatile long seenNanos;

  /** Guarded by this: members by key. */
  private final Map<String, Member> members = new TreeMap<>();

  /** Guarded by this: by identity, who left without saying so. */
  private final Map<String, Member> lost = new TreeMap<>();

  /** Guarded by this: who is not registered any more, and perhaps lost. */
  private final Set<String> vanished = new TreeSet<>();

  /** Guarded by this: what etcd last reported. */
  private long revision;

  /** Guarded by this: null where all has to be read again. */
  private Watch.Watcher watcher;

  /** Guarded by this: counts watchers, so that a late word of an older one is known as such. */
  private int generation;

  /** Confined to the thread. */
  private boolean failing;

  /** Confined to the thread. */
  private int asked;

  /** Confined to the thread: when lost workers were looked at last. */
  private long lostNanos;

  private MemberWatch(MembershipSettings settings, Consumer<List<Member>> listener)
      throws MembershipException {
    this.settings = requireNonNull(settings, "settings is null");
    this.listener = requireNonNull(listener, "listener is null");
    prefix = Etcd.bytes(settings.workersPrefix());
    etcd = new Etcd(settings);
    lostMembers = new LostMembers(settings, etcd);
    thread = new Thread(this::run, "railfs-membership");
    thread.setDaemon(true);
  }

  /**
   * Reads the members and watches them.
   *
   * @param listener called with all members, at first before this returns and then whenever one
   *     changes; called by one thread at a time, it must not block
   * @throws MembershipException with one sentence where etcd does not answer
   */
  public static MemberWatch start(MembershipSettings settings, Consumer<List<Member>> listener)
      throws MembershipException {
    MemberWatch watch = create(settings, listener);
    try {
      watch.readAll();
      watch.thread.start();
      return watch;
    } catch (MembershipException e) {
      watch.etcd.close();
      throw new MembershipException(
          "the workers cannot be learned, for "
              + e.getMessage()
              + "; start etcd or correct railfs.membership.etcd.endpoints",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      watch.etcd.close();
      throw new MembershipException("reading the workers from etcd was interrupted", e);
    }
  }

  private static MemberWatch create(MembershipSettings settings, Consumer<List<Member>> listener)
      throws MembershipException {
    try {
      return new MemberWatch(settings, listener);
    } catch (MembershipException e) {
      throw new MembershipException("the workers cannot be learned, for " + e.getMessage(), e);
    }
  }

  /** The members now, asked once. Fails: as {@link #start}. */
  public static List<Member> once(MembershipSettings settings) throws MembershipException {
    return view(settings).members();
  }

  /** The members now and those that are lost, asked once. Fails: as {@link #start}. */
  public static MemberView view(MembershipSettings settings) throws MembershipException {
    try (MemberWatch watch = start(settings, members -> {})) {
      return new MemberView(watch.members(), watch.lostMembers.read());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MembershipException("reading the workers from etcd was interrupted", e);
    }
  }

  /** Those that left without saying so, within a day; each reports when it was seen last. */
  public synchronized List<Member> lost() {
    return List.copyOf(lost.values());
  }

  private synchronized List<Member> members() {
    return List.copyOf(members.values());
  }

  /** Time since etcd answered last: the age of the view. */
  public Duration age() {
    return Duration.ofNanos(System.nanoTime() - seenNanos);
  }

  /** Whether etcd has not answered for longer than it should take. */
  public boolean isStale() {
    return age().toMillis() > 2 * LOOK_MILLIS + 2 * settings.timeout().toMillis();
  }

  private void run() {
    try {
      while (!closed) {
        boolean unused = wake.tryAcquire(nextLookMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
        if (!closed) {
          look();
        }
      }
    } catch (InterruptedException e) {
      log.debug("the watch of the members was interrupted, for it is closed", e);
    } finally {
      stopWatching();
      etcd.close();
    }
  }

  private static long nextLookMillis() {
    return LOOK_MILLIS / 4 * 3 + ThreadLocalRandom.current().nextLong(LOOK_MILLIS / 2 + 1);
  }

  private void look() throws InterruptedException {
    try {
      if (isWatching()) {
        ask();
      } else {
        readAgain();
      }
      if (!closed) {
        lookForLost();
      }
      if (failing) {
        log.info("{} answers again", etcd.name());
        failing = false;
      }
    } catch (MembershipException e) {
      stopWatching();
      etcd.renew();
      if (!failing) {
        log.warn("{}; the workers known so far stay in use", e.getMessage(), e);
        failing = true;
      }
    } catch (RuntimeException e) {
      log.error("watching the members failed: internal error (bug); it is tried again", e);
    }
  }

  private synchronized boolean isWatching() {
    return watcher != null;
  }

  private synchronized void stopWatching() {
    generation++;
    if (watcher != null) {
      watcher.close();
      watcher = null;
    }
  }

  /** Others do the same for the same reason at this moment. */
  private void readAgain() throws MembershipException, InterruptedException {
    int count;
    synchronized (this) {
      count = members.size();
    }
    long most = Math.min(MAX_SPREAD_MILLIS, count * SPREAD_MILLIS);
    long end =
        System.nanoTime()
            + TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(most + 1));
    for (long left = 1; left > 0 && !closed; left = end - System.nanoTime()) {
      boolean unused = wake.tryAcquire(left, TimeUnit.NANOSECONDS);
    }
    if (!closed) {
      readAll();
    }
  }

  /** What cannot be learned of those that are lost changes nothing for the others. */
  private void lookForLost() throws InterruptedException {
    List<String> now;
    boolean due = lostNanos == 0 || System.nanoTime() - lostNanos >= LOST_NANOS;
    synchronized (this) {
      if (due) {
        vanished.addAll(lost.keySet());
      }
      now = List.copyOf(vanished);
    }
    try {
      if (lostNanos == 0) {
        List<Member> all = lostMembers.read();
        synchronized (this) {
          all.forEach(member -> lose(member.getWorkerId(), Optional.of(member)));
        }
      }
      for (String id : now) {
        Optional<Member> seen = lostMembers.read(id);
        synchronized (this) {
          lose(id, seen);
        }
      }
    } catch (MembershipException e) {
      log.debug("{}; who is lost is not known", e.getMessage(), e);
    }
    if (due) {
      lostNanos = System.nanoTime();
    }
  }

  /** Called with the lock held. */
  private void lose(String id, Optional<Member> seen) {
    boolean vanishedNow = vanished.remove(id);
    boolean back = members.containsKey(settings.workersPrefix() + id);
    if (seen.isPresent() && !back) {
      if (lost.put(id, seen.get()) == null && vanishedNow) {
        log.warn("worker {} left {} without saying so", id, etcd.name());
      }
    } else {
      lost.remove(id);
    }
  }

  /** Called with the lock held. */
  private void vanish(String key) {
    vanished.add(key.substring(settings.workersPrefix().length()));
  }

  /** Asks for nothing but an answer. */
  private void ask() throws MembershipException, InterruptedException {
    asked++;
    boolean exact = asked % EXACT == 0;
    GetOption count =
        GetOption.builder().isPrefix(true).withCountOnly(true).withSerializable(!exact).build();
    GetResponse answer = etcd.answer(etcd.client().getKVClient().get(prefix, count));
    seenNanos = System.nanoTime();
    synchronized (this) {
      // An etcd whose data was lost counts from the beginning; one of its members may lag behind.
      if (!exact || answer.getHeader().getRevision() >= revision) {
        return;
      }
    }
    log.warn("{} has lost its data; reading the workers again", etcd.name());
    stopWatching();
    readAgain();
  }

  private void readAll() throws MembershipException, InterruptedException {
    GetOption all = GetOption.builder().isPrefix(true).build();
    GetResponse answer = etcd.answer(etcd.client().getKVClient().get(prefix, all));
    seenNanos = System.nanoTime();
    synchronized (this) {
      Set<String> before = Set.copyOf(members.keySet());
      members.clear();
      answer.getKvs().forEach(this::put);
      before.stream().filter(key -> !members.containsKey(key)).forEach(this::vanish);
      revision = answer.getHeader().getRevision();
      notifyListener();
      watch(revision + 1);
    }
  }

  /** Called with the lock held. */
  private void watch(long from) {
    int mine = ++generation;
    WatchOption option = WatchOption.builder().isPrefix(true).withRevision(from).build();
    watcher =
        etcd.client()
            .getWatchClient()
            .watch(
                prefix,
                option,
                Watch.listener(
                    response -> changed(mine, response),
                    failure -> broken(mine, failure),
                    () -> broken(mine, null)));
  }

  private synchronized void changed(int mine, WatchResponse response) {
    if (mine != generation) {
      return;
    }
    seenNanos = System.nanoTime();
    revision = Math.max(revision, response.getHeader().getRevision());
    for (WatchEvent event : response.getEvents()) {
      if (event.getEventType() == WatchEvent.EventType.DELETE) {
        String key = event.getKeyValue().getKey().toString();
        members.remove(key);
        vanish(key);
      } else {
        put(event.getKeyValue());
      }
    }
    if (!response.getEvents().isEmpty()) {
      notifyListener();
    }
  }

  private synchronized void broken(int mine, Throwable failure) {
    if (mine == generation && !closed) {
      log.debug("the watch of {} ended; reading the workers again", etcd.name(), failure);
      stopWatching();
      wake.release();
    }
  }

  private void put(KeyValue entry) {
    String key = entry.getKey().toString();
    try {
      members.put(key, Etcd.decode(entry.getValue()));
      lost.remove(key.substring(settings.workersPrefix().length()));
    } catch (TextFormat.ParseException e) {
      log.warn("{}: {} is no worker ({}); it is left out", etcd.name(), key, e.getMessage());
    }
  }

  private void notifyListener() {
    Collection<Member> known = members.values();
    try {
      listener.accept(List.copyOf(known));
    } catch (RuntimeException e) {
      log.error("a change of the members was not taken: internal error (bug)", e);
    }
  }

  /** Ends the watch; waits for that, a few seconds at most. */
  @Override
  public void close() {
    closed = true;
    wake.release();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      thread.interrupt();
    }
  }
}
