// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Calls of the C library that java.nio does not have, by jnr. */
package io.railfs.worker.posix;
