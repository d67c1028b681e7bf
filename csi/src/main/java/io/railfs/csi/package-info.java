// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The CSI driver as a whole: its settings, and the life of its process. */
package io.railfs.csi;
