// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

/**
 * One line of the results.
 *
 * @param id such as "a/4", the same in every run
 * @param title for people
 */
public record Metric(String id, String title, Unit unit) {}
