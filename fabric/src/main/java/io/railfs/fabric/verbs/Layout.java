// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

/**
 * Where things are in the structures of rdma-core, on 64 bits: bytes from the start, as its headers
 * have them since they are an ABI (infiniband/verbs.h, rdma/rdma_cma.h). {@code LayoutTest}
 * compares them with what a compiler makes of the headers.
 */
final class Layout {
  private Layout() {}

  /** {@code struct ibv_context}; its table of functions begins at byte 8. */
  static final class Context {
    static final int DEVICE = 0;
    private static final int OPS = 8;
    static final int POLL_CQ = OPS + 11 * 8;
    static final int REQ_NOTIFY_CQ = OPS + 12 * 8;
    static final int POST_SRQ_RECV = OPS + 20 * 8;
    static final int POST_SEND = OPS + 25 * 8;
    static final int ASYNC_FD = OPS + 32 * 8 + 4;

    private Context() {}
  }

  /** {@code struct ibv_comp_channel}. */
  static final class CompChannel {
    static final int FD = 8;

    private CompChannel() {}
  }

  /** {@code struct ibv_mr}. */
  static final class Region {
    static final int LKEY = 36;

    private Region() {}
  }

  /** {@code struct ibv_qp}. */
  static final class Queue {
    static final int NUMBER = 52;

    private Queue() {}
  }

  /** {@code struct ibv_device_attr}. */
  static final class DeviceAttr {
    static final int SIZE = 232;
    static final int MAX_QP_WR = 112;
    static final int MAX_CQE = 132;
    static final int MAX_SRQ = 212;
    static final int MAX_SRQ_WR = 216;

    private DeviceAttr() {}
  }

  /** {@code struct ibv_port_attr}. */
  static final class PortAttr {
    static final int SIZE = 52;
    static final int STATE = 0;
    static final int ACTIVE_MTU = 8;
    static final int LINK_LAYER = 46;
    static final int ACTIVE = 4;
    static final int LINK_ETHERNET = 2;

    private PortAttr() {}
  }

  /** {@code struct ibv_srq_init_attr}. */
  static final class SrqInit {
    static final int SIZE = 24;
    static final int MAX_WR = 8;
    static final int MAX_SGE = 12;

    private SrqInit() {}
  }

  /** {@code struct ibv_qp_init_attr}. */
  static final class QueueInit {
    static final int SIZE = 64;
    static final int SEND_CQ = 8;
    static final int RECV_CQ = 16;
    static final int SRQ = 24;
    static final int MAX_SEND_WR = 32;
    static final int MAX_SEND_SGE = 40;
    static final int MAX_RECV_SGE = 44;
    static final int TYPE = 52;
    static final int SIGNAL_ALL = 56;
    static final int RC = 2;

    private QueueInit() {}
  }

  /** {@code struct ibv_qp_attr}. */
  static final class QueueAttr {
    static final int SIZE = 144;
    static final int STATE = 0;
    static final int PATH_MTU = 8;
    static final int SGID_INDEX = 76;
    static final int TRAFFIC_CLASS = 78;
    static final int SERVICE_LEVEL = 82;
    static final int PKEY_INDEX = 120;
    static final int MIN_RNR_TIMER = 128;
    static final int TIMEOUT = 130;
    static final int RETRY_CNT = 131;
    static final int RNR_RETRY = 132;
    static final int INIT = 1;
    static final int RTR = 2;
    static final int RTS = 3;
    static final int ERR = 6;
    static final int MASK_STATE = 1;

    private QueueAttr() {}
  }

  /** {@code struct ibv_sge}. */
  static final class Sge {
    static final int SIZE = 16;
    static final int ADDRESS = 0;
    static final int LENGTH = 8;
    static final int LKEY = 12;

    private Sge() {}
  }

  /** {@code struct ibv_send_wr}. */
  static final class SendRequest {
    static final int SIZE = 128;
    static final int ID = 0;
    static final int SGE_LIST = 16;
    static final int SGE_COUNT = 24;
    static final int OPCODE = 28;
    static final int FLAGS = 32;
    static final int SEND = 2;
    static final int SIGNALED = 2;

    private SendRequest() {}
  }

  /** {@code struct ibv_recv_wr}. */
  static final class ReceiveRequest {
    static final int SIZE = 32;
    static final int ID = 0;
    static final int SGE_LIST = 16;
    static final int SGE_COUNT = 24;

    private ReceiveRequest() {}
  }

  /** {@code struct ibv_wc}. */
  static final class WorkCompletion {
    static final int SIZE = 48;
    static final int ID = 0;
    static final int STATUS = 8;
    static final int LENGTH = 20;
    static final int QUEUE = 28;

    private WorkCompletion() {}
  }

  /** {@code struct ibv_async_event}. */
  static final class AsyncEvent {
    static final int SIZE = 16;
    static final int ELEMENT = 0;
    static final int TYPE = 8;

    private AsyncEvent() {}
  }

  /** {@code struct rdma_cm_id}. */
  static final class CmId {
    static final int VERBS = 0;
    static final int SGID = 288;
    static final int PORT = 348;
    static final int GID_BYTES = 16;

    private CmId() {}
  }

  /** {@code struct rdma_cm_event}. */
  static final class CmEvent {
    static final int ID = 0;
    static final int TYPE = 16;
    static final int STATUS = 20;
    static final int DATA = 24;
    static final int DATA_LENGTH = 32;

    private CmEvent() {}
  }

  /** {@code struct rdma_conn_param}. */
  static final class ConnParam {
    static final int SIZE = 24;
    static final int DATA = 0;
    static final int DATA_LENGTH = 8;
    static final int RESPONDER_RESOURCES = 9;
    static final int INITIATOR_DEPTH = 10;
    static final int RETRY_COUNT = 12;
    static final int RNR_RETRY_COUNT = 13;
    static final int SRQ = 14;
    static final int QP_NUM = 16;

    private ConnParam() {}
  }
}
