// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A small HTTP/1.1 server on Netty with limits for connections, requests and time. It binds to
 * devices as the other services do, which the JDK's server cannot.
 */
package io.railfs.http;
