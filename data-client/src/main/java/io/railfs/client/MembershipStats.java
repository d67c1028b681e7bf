package io.railfs.client;

/**
 * Where a client knows its workers from.
 *
 * @param watched whether they are watched in etcd; else the settings name them
 * @param ageNanos time since etcd answered last; 0 where nothing is watched
 * @param stale whether etcd is away, so that the view, which stays in use, may be old
 */
public record MembershipStats(boolean watched, long ageNanos, boolean stale) {
  static final MembershipStats FIXED = new MembershipStats(false, 0, false);
}
