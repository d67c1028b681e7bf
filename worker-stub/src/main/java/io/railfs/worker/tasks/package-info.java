// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Bounded pools for work that blocks, which must never run on an event loop. */
package io.railfs.worker.tasks;
