/**
 * Decides which pages of an open file to have soon, and gets them: the step between a read at an
 * offset and pages in the cache. Knows nothing of FUSE.
 */
package io.railfs.mount.prefetch;
