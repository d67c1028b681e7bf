// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Makes a {@link io.railfs.client.Cluster}: the only package that knows all three rooms of the
 * client.
 */
package io.railfs.client.connect;
