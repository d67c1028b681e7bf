// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

/** {@code enum rdma_cm_event_type}, in its order. */
enum CmEventType {
  ADDR_RESOLVED,
  ADDR_ERROR,
  ROUTE_RESOLVED,
  ROUTE_ERROR,
  CONNECT_REQUEST,
  CONNECT_RESPONSE,
  CONNECT_ERROR,
  UNREACHABLE,
  REJECTED,
  ESTABLISHED,
  DISCONNECTED,
  DEVICE_REMOVAL,
  MULTICAST_JOIN,
  MULTICAST_ERROR,
  ADDR_CHANGE,
  TIMEWAIT_EXIT;

  private static final CmEventType[] ALL = values();

  /** One that is not known here means nothing to a connection, as the last one. */
  static CmEventType of(int number) {
    return number >= 0 && number < ALL.length ? ALL[number] : TIMEWAIT_EXIT;
  }
}
