// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What two processes of one host share: which host it is, descriptors that one gives the other, and
 * who is at the other end of a Unix socket.
 */
package io.railfs.fabric.local;
