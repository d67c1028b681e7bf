/** The namespace of a worker: which UFS is at which path. */
package io.railfs.worker.namespace;
