/** The cache worker: services, block store, UFS, put together. */
package io.railfs.worker;
