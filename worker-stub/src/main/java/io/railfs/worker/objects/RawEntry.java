// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.time.Instant;

/**
 * One line of a store's listing.
 *
 * @param name without slashes
 * @param directory whether it stands for the keys below it
 * @param size bytes; of a directory 0
 * @param modified of a directory null
 * @param etag as the store gives it, or null
 */
record RawEntry(String name, boolean directory, long size, Instant modified, String etag) {}
