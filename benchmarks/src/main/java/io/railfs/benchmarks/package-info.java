// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The end-to-end harness: RailFS beside real peers, in one run on one machine. */
package io.railfs.benchmarks;
