// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

/**
 * How old a listing may be that a worker remembers.
 *
 * @param maxAgeMillis its age at most, or half as much more than the UFS takes to list the
 *     directory; 0: the UFS is asked again
 * @param sinceMillis how long ago the asker learnt of a change, after which the listing must have
 *     begun; 0: never
 */
public record Freshness(long maxAgeMillis, long sinceMillis) {
  /** Nothing that is remembered will do. */
  public static final Freshness NOW = new Freshness(0, 0);
}
