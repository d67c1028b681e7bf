// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What peers prove to each other: secrets, certificates, and the files that hold them. */
package io.railfs.fabric.trust;
