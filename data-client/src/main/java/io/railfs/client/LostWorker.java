package io.railfs.client;

import io.railfs.protocol.messages.DataEndpoint;
import io.railfs.protocol.messages.Member;

/**
 * A worker that left etcd without saying so.
 *
 * @param endpoint of its rpc service when it was seen last; its identity where it told none
 * @param id identity
 * @param seenSeconds when it was seen last, to a minute, since the epoch
 */
public record LostWorker(String endpoint, String id, long seenSeconds) {
  static LostWorker of(Member member) {
    String id = member.getWorkerId();
    if (member.getRpcEndpointsCount() == 0) {
      return new LostWorker(id, id, member.getSeenSeconds());
    }
    DataEndpoint told = member.getRpcEndpoints(0);
    String endpoint = new Endpoint(told.getAddress(), told.getPort()).toString();
    return new LostWorker(endpoint, id, member.getSeenSeconds());
  }
}
