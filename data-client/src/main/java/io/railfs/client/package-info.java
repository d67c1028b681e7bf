/**
 * A worker cluster seen from a client: membership, placement, connections, retries, deadlines,
 * metadata. Everything a worker or the network can do wrong ends here in a {@link
 * io.railfs.client.ClusterException} before the deadline.
 */
package io.railfs.client;
