// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Measures the way to a worker without reading any file: round trips, path MTU, and what the
 * network alone carries with frames of RailFS. For doctor and bench; mounts do not use it.
 */
package io.railfs.client.probe;
