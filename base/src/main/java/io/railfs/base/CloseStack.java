// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was opened, to be closed in the reverse order, each part whatever the others do.
 * Thread-safe.
 *
 * <p>A start that may fail half-way opens its parts on a stack in a try block, and takes them off
 * by {@link #release} when it has succeeded:
 *
 * <pre>{@code
 * try (CloseStack undo = new CloseStack()) {
 *   Part part = undo.push(Part.open());
 *   Whole whole = Whole.of(part);
 *   undo.release();
 *   return whole;
 * }
 * }</pre>
 */
public final class CloseStack implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CloseStack.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /** Adds a part, to be closed before those that are here, and returns it. */
  public synchronized <T extends AutoCloseable> T push(T part) {
    parts.push(requireNonNull(part, "part is null"));
    return part;
  }

  /** Lets go of all parts, which stay open. */
  public synchronized void release() {
    parts.clear();
  }

  /** Closes all parts; a second call finds nothing left to do. */
  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("closing {} failed; the rest is closed all the same", part, e);
      }
    }
  }
}
