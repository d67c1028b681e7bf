// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import com.google.protobuf.TextFormat;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.railfs.protocol.messages.Member;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who was registered within a day, is not any more, and did not say that it leaves. Beside what a
 * worker registers under a short lease it writes the same under a key that outlives it, each minute
 * with the time, and deletes that when it leaves.
 */
final class LostMembers {
  private static final Logger log = LoggerFactory.getLogger(LostMembers.class);

  /** How long a worker that is lost is remembered. */
  static final long MEMORY_SECONDS = TimeUnit.DAYS.toSeconds(1);

  private final MembershipSettings settings;
  private final Etcd etcd;

  LostMembers(MembershipSettings settings, Etcd etcd) {
    this.settings = settings;
    this.etcd = etcd;
  }

  /** Compares the names of all who were seen with those who are there. */
  List<Member> read() throws MembershipException, InterruptedException {
    // In this order: who registers meanwhile is there, and who leaves meanwhile is found gone.
    Set<String> missing = names(settings.seenPrefix());
    missing.removeAll(names(settings.workersPrefix()));
    List<Member> lost = new ArrayList<>();
    for (String id : missing) {
      read(id).ifPresent(lost::add);
    }
    return lost;
  }

  private Set<String> names(String prefix) throws MembershipException, InterruptedException {
    GetOption names = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
    Set<String> ids = new TreeSet<>();
    ByteSequence key = Etcd.bytes(prefix);
    for (KeyValue entry : etcd.answer(etcd.client().getKVClient().get(key, names)).getKvs()) {
      ids.add(entry.getKey().toString(StandardCharsets.UTF_8).substring(prefix.length()));
    }
    return ids;
  }

  /** One who is not registered; empty where it said that it leaves, or was not seen for long. */
  Optional<Member> read(String id) throws MembershipException, InterruptedException {
    ByteSequence key = Etcd.bytes(settings.seenPrefix() + id);
    for (KeyValue entry : etcd.answer(etcd.client().getKVClient().get(key)).getKvs()) {
      try {
        Member seen = Etcd.decode(entry.getValue());
        long age = now() - seen.getSeenSeconds();
        return age < MEMORY_SECONDS ? Optional.of(seen) : Optional.empty();
      } catch (TextFormat.ParseException e) {
        log.warn(
            "{}: {}{} is no worker ({})", etcd.name(), settings.seenPrefix(), id, e.getMessage());
      }
    }
    return Optional.empty();
  }

  /** Seconds since the epoch. */
  static long now() {
    return TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
  }
}
