// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import java.util.List;

/**
 * Names of this run that nobody has seen.
 *
 * @param files for (g), relative to the root
 * @param objects for (s), of 256 MiB, relative to the root
 */
public record Unseen(List<String> files, List<String> objects, UnseenTrees trees) {}
