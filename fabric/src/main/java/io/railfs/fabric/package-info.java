// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The network under all services: which devices there are, sockets that are bound to them, and the
 * event loops. Knows nothing of files, messages or metrics.
 *
 * <pre>
 *   Server            one service: its listeners, re-checked as devices come and go
 *      |-- Listener      one listening socket on one device, or one for all
 *      |-- AcceptPause   pauses a socket that cannot accept (no descriptor left)
 *      `-- ConnectionLimiter   limits connections in all and per address; closes the one idle longest
 *   Transport         event loops; epoll, otherwise NIO; SO_BINDTODEVICE
 *   Devices           interfaces and addresses from sysfs; from procfs (KernelDevices) if
 *                     /sys belongs to another network namespace
 *   BindSettings      devices, address and port of one service, from the settings
 * </pre>
 *
 * <p>A socket is bound to a device by SO_BINDTODEVICE, so that traffic leaves and arrives on it
 * whatever the routes say (docs/adr/0004). {@code facts} reads what sysfs says of adapters, {@code
 * trust} holds secrets and certificates (docs/adr/0014).
 */
package io.railfs.fabric;
