// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Log lines and files of background processes, as text or JSON, without the values of secrets. */
package io.railfs.supervision.logging;
