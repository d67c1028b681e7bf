// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * JMH benchmarks of the hot pieces. Run with {@code java -cp
 * 'benchmarks/target/railfs-benchmarks/lib/*' org.openjdk.jmh.Main}.
 */
package io.railfs.benchmarks.jmh;
