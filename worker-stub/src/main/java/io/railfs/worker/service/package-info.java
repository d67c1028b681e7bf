// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The worker's two network services: names and attributes (rpc), and pages (data). */
package io.railfs.worker.service;
