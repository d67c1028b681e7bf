/**
 * What the conf files say: layers, checks, where a value comes from, and the files generated from
 * the modules' reference.conf.
 */
package io.railfs.cli.conf;
