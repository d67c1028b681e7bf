// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The table of what the kernel knows: one node for each name and version. Knows neither FUSE nor
 * files, only ids, names and counts.
 */
package io.railfs.mount.nodes;
