/**
 * JMH benchmarks of the hot pieces. Run with {@code java -cp
 * 'benchmarks/target/railfs-benchmarks/lib/*' org.openjdk.jmh.Main}.
 */
package io.railfs.benchmarks.jmh;
