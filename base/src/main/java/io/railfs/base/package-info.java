// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What every module may use and none owns. Knows nothing of networks or datasets. */
package io.railfs.base;
