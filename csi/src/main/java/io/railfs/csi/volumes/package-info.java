// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Volumes of this machine: published, taken away, asked, and bound again when their mount is
 * replaced.
 */
package io.railfs.csi.volumes;
