// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The namespace of a worker: which UFS is at which path. */
package io.railfs.worker.namespace;
