/** What the harness needs of the machine: programs, processes, mounts, packages, quiet. */
package io.railfs.benchmarks.system;
