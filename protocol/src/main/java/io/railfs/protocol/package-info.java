// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The wire between a mount and its workers: frames, messages, paths, chunk arithmetic and
 * checksums. No sockets, no files. docs/PROTOCOL.md is its specification.
 */
package io.railfs.protocol;
