// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Which client may read what. */
package io.railfs.worker.access;
