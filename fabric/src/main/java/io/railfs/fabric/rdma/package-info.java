// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Messages over RDMA, for both sides (docs/adr/0025): registered memory, one thread for completions
 * and one for events of each port, connections. Knows nothing of blocks.
 *
 * <pre>
 *   RdmaPort         a port with its memory and threads
 *     RdmaRequest      a peer asks for a connection
 *     RdmaConnection   sends RdmaBuffer; its RdmaHandler gets RdmaMessage
 *     Receives         how many messages may still come: who expects some reserves for them first
 * </pre>
 *
 * A message that comes lies in the memory of the port until it is released; then that memory is
 * posted again, for whichever connection. So a peer can never touch memory that means something.
 */
package io.railfs.fabric.rdma;
