// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What kubelet and the Kubernetes sidecars ask over gRPC: requests checked, answers and refusals.
 */
package io.railfs.csi.calls;
