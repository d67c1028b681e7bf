// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Mounts and workers as processes: started in the background, recorded in the run directory while
 * they run, asked and ended by other commands. {@code control} is the socket at which they are
 * asked, {@code logging} where their lines go, {@code systemd} what a service manager wants to
 * know, {@code system} what this machine has mounted and runs.
 */
package io.railfs.supervision;
