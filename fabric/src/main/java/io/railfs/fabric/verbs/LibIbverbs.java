// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import jnr.ffi.types.size_t;

/**
 * The functions of libibverbs that have a symbol (infiniband/verbs.h of rdma-core). Bound by jnr;
 * every name is that of the C function, a pointer is its address. Errors are in errno, or returned.
 */
public interface LibIbverbs {
  long ibv_alloc_pd(long context);

  int ibv_dealloc_pd(long pd);

  long ibv_reg_mr(long pd, long address, @size_t long length, int access);

  int ibv_dereg_mr(long region);

  long ibv_create_comp_channel(long context);

  int ibv_destroy_comp_channel(long channel);

  long ibv_create_cq(long context, int entries, long cqContext, long channel, int vector);

  int ibv_destroy_cq(long cq);

  int ibv_get_cq_event(long channel, long cqResult, long contextResult);

  void ibv_ack_cq_events(long cq, int count);

  long ibv_create_srq(long pd, long attributes);

  int ibv_destroy_srq(long srq);

  long ibv_create_qp(long pd, long attributes);

  int ibv_modify_qp(long qp, long attributes, int mask);

  int ibv_destroy_qp(long qp);

  int ibv_query_port(long context, byte port, long attributes);

  int ibv_query_device(long context, long attributes);

  String ibv_get_device_name(long device);

  int ibv_get_async_event(long context, long event);

  void ibv_ack_async_event(long event);
}
