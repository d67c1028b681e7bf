/**
 * What the machine knows: mounts, processes, who holds a directory. Knows nothing of RailFS's
 * settings.
 */
package io.railfs.supervision.system;
