// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Looks whether data can move on the interfaces that the conf names: facts of this machine, then of
 * each worker. Every check reports what it saw and, where that is not well, what to do.
 */
package io.railfs.diagnosis.doctor;
