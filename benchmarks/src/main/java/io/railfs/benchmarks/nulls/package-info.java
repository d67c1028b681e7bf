/** RailFS's own FUSE layer over sources that answer at once: a mount without a network. */
package io.railfs.benchmarks.nulls;
