/** The end-to-end harness: RailFS beside real peers, in one run on one machine. */
package io.railfs.benchmarks;
