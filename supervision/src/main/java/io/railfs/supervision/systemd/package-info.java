// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What systemd wants to know of a service: sd_notify(3) and its watchdog. */
package io.railfs.supervision.systemd;
