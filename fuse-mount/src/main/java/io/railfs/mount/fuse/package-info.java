/**
 * The kernel adaptor: libfuse 2.9 mounts, through jnr, and threads of our own answer. Fields of
 * requests in, replies out; nothing is decided here. The only package that imports jnr.
 */
package io.railfs.mount.fuse;
