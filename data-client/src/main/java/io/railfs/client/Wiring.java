package io.railfs.client;

import io.railfs.fabric.Transport;
import java.util.concurrent.Executor;

/**
 * What every connection of a cluster shares.
 *
 * @param transport event loops
 * @param resolver runs name look-ups, which block
 * @param settings of the client
 */
record Wiring(Transport transport, Executor resolver, ClientSettings settings) {}
