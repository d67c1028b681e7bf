// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

/**
 * Where a service is reached.
 *
 * @param address in numbers; empty where any address of this machine will do
 * @param port TCP port
 * @param device that it is bound to; empty for none
 */
public record Listening(String address, int port, String device) {}
