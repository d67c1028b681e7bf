// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

/**
 * The functions of librdmacm (rdma/rdma_cma.h of rdma-core). Bound by jnr; every name is that of
 * the C function, a pointer is its address. Errors are in errno.
 */
public interface LibRdmacm {
  long rdma_create_event_channel();

  void rdma_destroy_event_channel(long channel);

  int rdma_create_id(long channel, long idResult, long context, int portSpace);

  int rdma_destroy_id(long id);

  int rdma_bind_addr(long id, long address);

  int rdma_resolve_addr(long id, long source, long destination, int millis);

  int rdma_resolve_route(long id, int millis);

  int rdma_connect(long id, long parameters);

  int rdma_establish(long id);

  int rdma_listen(long id, int backlog);

  int rdma_accept(long id, long parameters);

  int rdma_reject(long id, long data, byte length);

  int rdma_disconnect(long id);

  int rdma_get_cm_event(long channel, long eventResult);

  int rdma_ack_cm_event(long event);

  int rdma_init_qp_attr(long id, long attributes, long maskResult);

  /** Network byte order. */
  short rdma_get_src_port(long id);
}
