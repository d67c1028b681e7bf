// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * The keys that requests are signed with. Their place is asked again every few seconds, by a thread
 * that no request waits for as long as the keys at hand are good; so a file that is rewritten and
 * keys that expire are replaced without an error. Thread-safe.
 */
final class S3Credentials implements AwsCredentialsProvider, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(S3Credentials.class);

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Between two times that a place is asked while there are no keys to be used. */
  private static final long HASTE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Between two times that a place is asked with nothing remembered. */
  private static final long RENEW_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A place that has not answered for so long is asked by another thread. */
  private static final long STUCK_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Keys that end sooner than in so many seconds are not used any more. */
  private static final long SPARE_SECONDS = 5;

  private final Supplier<AwsCredentialsProvider> place;

  /** Null until it is asked, and after it has failed: what it remembers is not to last. */
  private AwsCredentialsProvider source;

  private AwsCredentialsIdentity known;
  private long looked;
  private long renewed = System.nanoTime() - 2 * RENEW_NANOS;
  private CompletableFuture<AwsCredentialsIdentity> looking;

  /** Looks that have begun, each numbered by this. */
  private long looks;

  /** The number of the latest one that has ended. */
  private long answered;

  private boolean closed;
  private String trouble = "";

  /**
   * @param place makes a source of keys that remembers nothing; it may fail
   */
  S3Credentials(Supplier<AwsCredentialsProvider> place) {
    this.place = place;
  }

  @Override
  public AwsCredentials resolveCredentials() {
    throw new UnsupportedOperationException("requests of the asynchronous client do not wait here");
  }

  @Override
  public CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
    return current();
  }

  private synchronized CompletableFuture<AwsCredentialsIdentity> current() {
    long now = System.nanoTime();
    boolean good = known != null && !isOver(known);
    if (looking == null || now - looked > (good ? LOOK_NANOS : HASTE_NANOS)) {
      look(now);
    }
    return good ? CompletableFuture.completedFuture(known) : looking.copy();
  }

  private static boolean isOver(AwsCredentialsIdentity keys) {
    return keys.expirationTime()
        .map(end -> Instant.now().plusSeconds(SPARE_SECONDS).isAfter(end))
        .orElse(false);
  }

  /** Starts to ask the place, unless that is under way. */
  private synchronized void look(long now) {
    boolean stuck = looking != null && now - looked > STUCK_NANOS;
    if (looking != null && !looking.isDone() && !stuck) {
      return;
    }
    CompletableFuture<AwsCredentialsIdentity> found = new CompletableFuture<>();
    AwsCredentialsProvider asked = source;
    long number = ++looks;
    Thread thread = new Thread(() -> ask(number, asked, found), "railfs-s3-credentials");
    thread.setDaemon(true);
    thread.start();
    // Not before: where no thread can be started, nobody would end it.
    looked = now;
    looking = found;
  }

  private void ask(
      long number, AwsCredentialsProvider asked, CompletableFuture<AwsCredentialsIdentity> found) {
    AwsCredentialsProvider open = asked;
    try {
      open = asked == null ? place.get() : asked;
      AwsCredentialsIdentity keys = open.resolveCredentials();
      learn(number, open, open != asked, keys);
      found.complete(keys);
    } catch (RuntimeException | Error e) {
      NoKeys none = new NoKeys(e);
      log.debug("the place of the keys gives none: {}", none.getMessage());
      forget(number, open, open != asked, none);
      found.completeExceptionally(none);
    }
  }

  /**
   * Takes the keys, unless a look that began later has ended already: these may be older.
   *
   * @param own whether this look has opened the source, and is to close it where nobody keeps it
   */
  private synchronized void learn(
      long number, AwsCredentialsProvider from, boolean own, AwsCredentialsIdentity keys) {
    boolean late = number < answered;
    if (!late) {
      answered = number;
      known = keys;
      trouble = "";
    }
    if (!late && own && source == null && !closed) {
      source = from;
    } else if (own) {
      end(from);
    }
  }

  /** A sign-on that is over and done again is seen by a source that remembers nothing of it. */
  private synchronized void forget(
      long number, AwsCredentialsProvider failed, boolean own, NoKeys none) {
    boolean late = number < answered;
    if (!late) {
      answered = number;
      trouble = none.getMessage();
    }
    if (!late && !own && source == failed) {
      source = null;
      end(failed);
    } else if (own) {
      end(failed);
    }
  }

  /** Why there are no newer keys; empty where the place gave some when it was asked last. */
  synchronized String trouble() {
    return trouble;
  }

  /** The keys at hand, or null. */
  synchronized AwsCredentialsIdentity known() {
    return known;
  }

  /**
   * After the store has refused these: asks the place again, with nothing remembered, and says
   * whether it has others now.
   */
  boolean replaced(AwsCredentialsIdentity refused, Deadline deadline) {
    CompletableFuture<AwsCredentialsIdentity> found;
    synchronized (this) {
      if (known != null && !known.equals(refused)) {
        return true;
      }
      long now = System.nanoTime();
      // However many are refused at once, and whatever for: the place is asked once in a while.
      if (now - renewed > RENEW_NANOS) {
        renewed = now;
        end(source);
        source = null;
        looking = null;
        look(now);
      }
      found = looking;
    }
    try {
      return !found.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS).equals(refused);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      log.debug("there are no other keys", e);
      return false;
    }
  }

  private static void end(AwsCredentialsProvider source) {
    if (source instanceof SdkAutoCloseable closeable) {
      closeable.close();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    end(source);
    source = null;
  }

  /** The place has no keys, or cannot be asked. Its message says why, without what they are. */
  static final class NoKeys extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoKeys(Throwable cause) {
      super(S3KeyTrouble.why(cause), cause);
    }
  }
}
