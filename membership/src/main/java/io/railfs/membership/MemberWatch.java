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
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the workers that are registered in etcd. It reads them all, then watches from that
 * revision on; a small question every few seconds tells whether etcd is there, and what follows a
 * failure is to read them all again. While etcd is away the last view stands. One thread besides
 * jetcd's own.
 */
public final class MemberWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MemberWatch.class);

  private static final long LOOK_MILLIS = 2_000;
  private static final long CLOSE_MILLIS = 5_000;

  private final MembershipSettings settings;
  private final Consumer<List<Member>> listener;
  private final ByteSequence prefix;
  private final Etcd etcd;
  private final Thread thread;

  /** What ends the wait between two looks. */
  private final Semaphore wake = new Semaphore(0);

  private volatile boolean closed;
  private volatile long seenNanos;

  /** Guarded by this: members by key. */
  private final Map<String, Member> members = new TreeMap<>();

  /** Guarded by this: what etcd last told of. */
  private long revision;

  /** Guarded by this: null where all has to be read again. */
  private Watch.Watcher watcher;

  /** Guarded by this: counts watchers, so that a late word of an older one is known as such. */
  private int generation;

  /** Confined to the thread. */
  private boolean failing;

  private MemberWatch(MembershipSettings settings, Consumer<List<Member>> listener)
      throws MembershipException {
    this.settings = requireNonNull(settings, "settings is null");
    this.listener = requireNonNull(listener, "listener is null");
    prefix = Etcd.bytes(settings.workersPrefix());
    etcd = new Etcd(settings);
    thread = new Thread(this::run, "railfs-membership");
    thread.setDaemon(true);
  }

  /**
   * Reads the members and watches them.
   *
   * @param listener told of all members, at first before this returns and then whenever one
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

  /** The members now, asked once. Errors: as {@link #start}. */
  public static List<Member> once(MembershipSettings settings) throws MembershipException {
    try (MemberWatch watch = start(settings, members -> {})) {
      return watch.members();
    }
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
    return age().toMillis() > LOOK_MILLIS + 2 * settings.timeout().toMillis();
  }

  private void run() {
    try {
      while (!closed) {
        boolean unused = wake.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS);
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

  private void look() throws InterruptedException {
    try {
      if (isWatching()) {
        ask();
      } else {
        readAll();
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
      log.error("watching the members failed, a defect in RailFS; it is tried again", e);
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

  /** Asks for nothing but an answer. */
  private void ask() throws MembershipException, InterruptedException {
    GetOption count = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    GetResponse answer = etcd.answer(etcd.client().getKVClient().get(prefix, count));
    seenNanos = System.nanoTime();
    synchronized (this) {
      // An etcd whose data was lost counts from the beginning.
      if (answer.getHeader().getRevision() >= revision) {
        return;
      }
    }
    log.warn("{} has lost its data; reading the workers anew", etcd.name());
    stopWatching();
    readAll();
  }

  private void readAll() throws MembershipException, InterruptedException {
    GetOption all = GetOption.builder().isPrefix(true).build();
    GetResponse answer = etcd.answer(etcd.client().getKVClient().get(prefix, all));
    seenNanos = System.nanoTime();
    synchronized (this) {
      members.clear();
      answer.getKvs().forEach(this::put);
      revision = answer.getHeader().getRevision();
      tell();
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
        members.remove(event.getKeyValue().getKey().toString());
      } else {
        put(event.getKeyValue());
      }
    }
    if (!response.getEvents().isEmpty()) {
      tell();
    }
  }

  private synchronized void broken(int mine, Throwable failure) {
    if (mine == generation && !closed) {
      log.debug("the watch of {} ended; reading the workers anew", etcd.name(), failure);
      stopWatching();
      wake.release();
    }
  }

  private void put(KeyValue entry) {
    String key = entry.getKey().toString();
    try {
      members.put(key, Etcd.decode(entry.getValue()));
    } catch (TextFormat.ParseException e) {
      log.warn("{}: {} is no worker ({}); it is left out", etcd.name(), key, e.getMessage());
    }
  }

  private void tell() {
    Collection<Member> known = members.values();
    try {
      listener.accept(List.copyOf(known));
    } catch (RuntimeException e) {
      log.error("a change of the members was not taken, a defect in RailFS", e);
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
