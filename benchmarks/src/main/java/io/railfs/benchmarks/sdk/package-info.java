/** The AWS SDK alone, doing what reader.c does with files. */
package io.railfs.benchmarks.sdk;
