/** The railfs command: one thin class for each subcommand, and what it asks for. */
package io.railfs.cli;
