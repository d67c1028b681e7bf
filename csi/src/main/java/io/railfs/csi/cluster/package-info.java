// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What the driver does in the cluster by itself, over the Kubernetes API. */
package io.railfs.csi.cluster;
