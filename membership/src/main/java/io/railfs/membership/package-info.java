// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Which workers there are: registered in etcd by workers, watched by clients. */
package io.railfs.membership;
