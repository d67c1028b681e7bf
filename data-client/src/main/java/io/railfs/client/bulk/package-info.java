// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Loads, frees, checks and pins whole trees: walks them, splits files into blocks, and asks the
 * workers block by block.
 */
package io.railfs.client.bulk;
