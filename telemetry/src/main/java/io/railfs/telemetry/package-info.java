// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Numbers about a process for those who watch it: metrics, each declared once, and their exposition
 * for Prometheus. The only importer of the Prometheus client.
 */
package io.railfs.telemetry;
