/** Which client may read what. */
package io.railfs.worker.access;
