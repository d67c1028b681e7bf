/**
 * The table of what the kernel knows: one node for each name and version. Knows neither FUSE nor
 * files, only ids, names and counts.
 */
package io.railfs.mount.nodes;
