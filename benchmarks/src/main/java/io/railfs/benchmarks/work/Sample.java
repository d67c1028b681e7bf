// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

/**
 * One measurement.
 *
 * @param metric that it is of
 * @param value in the metric's unit
 * @param cpuPerGigabyte processor seconds of client, servers and reader for each 10^9 bytes; NaN
 *     where no bytes were read
 */
public record Sample(Metric metric, double value, double cpuPerGigabyte) {}
