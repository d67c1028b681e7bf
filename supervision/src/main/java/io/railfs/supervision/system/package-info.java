// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What the machine knows: mounts, processes, who holds a directory. Knows nothing of RailFS's
 * settings.
 */
package io.railfs.supervision.system;
