/**
 * Mounts and workers as processes: their run files, how they are started in the background and
 * waited for, and their logs.
 */
package io.railfs.cli.run;
