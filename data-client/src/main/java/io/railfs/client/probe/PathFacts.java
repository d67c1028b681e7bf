// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.probe;

/**
 * What the kernel knows of a connection (TCP_INFO in tcp(7)).
 *
 * @param pathMtu bytes of the largest packet that may be sent, as the route and ICMP answers say
 * @param sendSegment bytes of content in the largest packets that are sent: what the peer's
 *     interface takes, if that is less than what ours does
 * @param receivedSegment bytes of content in the packets that arrive; after a bulk transfer this is
 *     what the peer's interface really sends
 * @param retransmits packets sent again since the connection began
 */
public record PathFacts(int pathMtu, int sendSegment, int receivedSegment, long retransmits) {}
