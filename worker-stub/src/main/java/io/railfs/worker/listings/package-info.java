/** Listings of directories, read from the UFS once and remembered for whoever asks next. */
package io.railfs.worker.listings;
