// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * System calls about mounts that Java does not have. Of this module only this package imports jnr.
 */
package io.railfs.csi.kernel;
