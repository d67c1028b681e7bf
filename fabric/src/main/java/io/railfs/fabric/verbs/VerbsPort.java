// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import io.railfs.fabric.FabricException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * One port of a device, with what this process has on it: memory, the receives that all its
 * connections share, their completions and events. Methods may be called by any thread unless they
 * say otherwise.
 */
public interface VerbsPort extends AutoCloseable {
  /** Bytes that a request for a connection can bring along. */
  int MAX_REQUEST_DATA = 56;

  /** Bytes that an accept can bring along. */
  int MAX_ACCEPT_DATA = 196;

  /** What it was when it was opened. */
  PortFacts facts();

  /**
   * Lets the device use memory until this port is closed.
   *
   * @param memory direct, which must stay until then
   * @throws FabricException with one sentence where it may not pin so much, or cannot
   */
  MemoryRegion register(ByteBuffer memory) throws FabricException;

  /**
   * Posts memory for the next message, whichever connection it comes over.
   *
   * @param id for its completion
   */
  void postReceive(long id, MemoryRegion region, int offset, int length) throws FabricException;

  /**
   * Takes completions. By one thread at a time.
   *
   * @param into filled from its start
   * @return how many there were
   * @throws FabricException where the device answers with an error
   */
  int poll(Completion[] into) throws FabricException;

  /** Asks for a wake-up at the next completion; what came before it has to be polled again. */
  void arm() throws FabricException;

  /**
   * Waits for the wake-up that was asked for. By the thread that polls.
   *
   * @return whether it came within that time
   */
  boolean await(int millis) throws FabricException;

  /**
   * Takes connections from now on, each announced by an event.
   *
   * @return the port number that peers ask at
   */
  int listen() throws FabricException;

  /**
   * Asks for a connection; an event says what became of it.
   *
   * @param data for the peer, at most {@link #MAX_REQUEST_DATA} bytes
   * @param millis that each of the steps may take
   */
  VerbsQueue connect(InetSocketAddress remote, byte[] data, int millis) throws FabricException;

  /**
   * Waits for an event. By one thread at a time.
   *
   * @return null where none came within that time
   */
  PortEvent nextEvent(int millis) throws FabricException;

  /**
   * Ends every connection that is left, and gives memory and device back. Nothing else may run or
   * be called any more.
   */
  @Override
  void close();
}
