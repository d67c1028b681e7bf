// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Settings: declared in the reference.conf of each module, looked for in conf files, overridden on
 * the command line, checked against their declaration, and written into docs/CONFIGURATION.md.
 */
package io.railfs.configuration;
