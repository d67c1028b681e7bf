// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The cache worker: services, block store, UFS, put together. */
package io.railfs.worker;
