// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

/**
 * How far to fetch ahead.
 *
 * @param initialWindow bytes ahead of a stream that has just begun; 0: no prefetch at all
 * @param maxWindow bytes ahead of a stream at most
 * @param nextFiles files ahead at most, of a reader that reads file after file; 0: none
 * @param history files whose order of reading is remembered
 * @param maxFiles open files that are read ahead of at a time
 */
public record PrefetchSettings(
    int initialWindow, int maxWindow, int nextFiles, int history, int maxFiles) {}
