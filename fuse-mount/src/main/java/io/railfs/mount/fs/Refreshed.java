// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

/**
 * What a refresh has dropped.
 *
 * @param names that the kernel had to look up again
 * @param listings of directories that the mount knew
 * @param attributes of single names that the mount knew, missing ones included
 */
public record Refreshed(long names, long listings, long attributes) {}
