// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The under-filesystem (UFS), which owns the data and is never changed. Knows no network. */
package io.railfs.worker.ufs;
