package io.railfs.mount.fs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Numbers for open things, as the kernel carries them. Thread-safe; looking one up takes no lock
 * and allocates nothing. The kernel never uses a handle after it has released it.
 */
final class Handles<T> {
  private volatile AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(256);
  private final Deque<Integer> free = new ArrayDeque<>();
  private int next;

  synchronized long add(T value) {
    Integer reused = free.poll();
    int slot = reused != null ? reused : next++;
    if (slot == slots.length()) {
      AtomicReferenceArray<T> larger = new AtomicReferenceArray<>(slots.length() * 2);
      for (int i = 0; i < slots.length(); i++) {
        larger.set(i, slots.get(i));
      }
      slots = larger;
    }
    slots.set(slot, value);
    return slot;
  }

  /** What the handle stands for. Errors: {@link IllegalArgumentException} where it is not open. */
  T find(long handle) {
    AtomicReferenceArray<T> current = slots;
    T value = handle >= 0 && handle < current.length() ? current.get((int) handle) : null;
    if (value == null) {
      throw new IllegalArgumentException("handle " + handle + " is not open");
    }
    return value;
  }

  synchronized T remove(long handle) {
    T value = find(handle);
    slots.set((int) handle, null);
    free.push((int) handle);
    return value;
  }

  /** How many are open. */
  synchronized int size() {
    return next - free.size();
  }
}
