// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The works (a) to (g) of the page of results, as cases that each contender goes through. */
package io.railfs.benchmarks.work;
