// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.base;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map of so many entries at most: one more takes the place of the eldest. Not thread-safe. */
public final class BoundedMap<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1;
  private static final int CAPACITY = 16;
  private static final float LOAD = 0.75f;

  private final int most;

  private BoundedMap(int most, boolean byUse) {
    super(CAPACITY, LOAD, byUse);
    this.most = most;
  }

  /** The eldest entry is the one that was put first. */
  public static <K, V> BoundedMap<K, V> byAge(int most) {
    return new BoundedMap<>(most, false);
  }

  /** The eldest entry is the one that was not put or got for the longest. */
  public static <K, V> BoundedMap<K, V> byUse(int most) {
    return new BoundedMap<>(most, true);
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
