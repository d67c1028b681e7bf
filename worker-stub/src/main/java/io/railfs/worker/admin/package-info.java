// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What people and their programs see of a worker and do with it: metrics, web page, admin REST. */
package io.railfs.worker.admin;
