// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** RailFS's own FUSE layer over sources that answer at once: a mount without a network. */
package io.railfs.benchmarks.nulls;
