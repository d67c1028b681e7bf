// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import com.google.protobuf.ByteString;
import io.railfs.worker.ufs.Listing;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * Makes entries of a directory out of keys and prefixes. Where an object "a" and keys "a/..." both
 * exist, one of them is shown: the directory if the object is empty, for then it is a marker of
 * some tool, else the file.
 *
 * <p>Between "a" and "a/" come "a-1", "a.b", ..., all of which begin with "a". So an object waits
 * on a stack for as long as what follows begins with its name, and the stack is no deeper than a
 * name is long.
 */
final class EntryMerge {
  /** An object whose prefix may still come. */
  private record Waiting(String name, Listing.Entry entry, boolean held) {}

  private final Queue<Listing.Entry> out = new ArrayDeque<>();
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Predicate<String> taken;
  private long leftOut;
  private String firstLeftOut = "";

  /**
   * @param taken names that the store can be asked for
   */
  EntryMerge(Predicate<String> taken) {
    this.taken = taken;
  }

  void add(RawEntry raw) {
    ByteString name = taken.test(raw.name()) ? ObjectNames.name(raw.name()) : null;
    if (name == null) {
      leaveOut(raw.name());
      return;
    }
    while (!waiting.isEmpty() && !raw.name().startsWith(waiting.peek().name())) {
      settle(waiting.pop());
    }
    Waiting same = waiting.peek();
    boolean known = same != null && same.name().equals(raw.name());
    if (raw.directory()) {
      if (known && !same.held()) {
        leaveOut(raw.name() + "/");
        return;
      }
      if (known) {
        waiting.pop();
      }
      out.add(new Listing.Entry(name, ObjectAttributes.DIRECTORY));
    } else if (!known) {
      Listing.Entry entry =
          new Listing.Entry(name, ObjectAttributes.file(raw.size(), raw.modified(), raw.etag()));
      boolean held = raw.size() == 0;
      waiting.push(new Waiting(raw.name(), entry, held));
      if (!held) {
        out.add(entry);
      }
    }
  }

  private void settle(Waiting object) {
    if (object.held()) {
      out.add(object.entry());
    }
  }

  private void leaveOut(String name) {
    if (leftOut++ == 0) {
      firstLeftOut = name;
    }
  }

  /** No more comes. */
  void end() {
    while (!waiting.isEmpty()) {
      settle(waiting.pop());
    }
  }

  /** The next entry that is ready, or null. */
  Listing.Entry poll() {
    return out.poll();
  }

  /** Keys and prefixes that cannot be shown. */
  long leftOut() {
    return leftOut;
  }

  /** The name of one of them. */
  String firstLeftOut() {
    return firstLeftOut;
  }
}
