// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The limits, the peers and RailFS: how each starts, where its files are, what it costs. */
package io.railfs.benchmarks.contender;
