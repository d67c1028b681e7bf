// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The Unix socket at which a command asks a running mount for its numbers, or to refresh. */
package io.railfs.supervision.control;
