// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Listings of directories, read from the UFS once and remembered for whoever asks next. */
package io.railfs.worker.listings;
