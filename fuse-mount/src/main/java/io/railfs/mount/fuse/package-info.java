/**
 * The kernel adaptor: libfuse 2.9 through jnr, driven by threads of our own. Pointers in, errno
 * out; nothing is decided here. The only package that imports jnr.
 */
package io.railfs.mount.fuse;
