// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import io.netty.util.NetUtil;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.facts.HcaPort;
import io.railfs.fabric.facts.RdmaReadiness;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * The verbs of libibverbs and librdmacm. What the headers define as inline functions is called
 * through the table of each device. Thread-safe.
 */
final class NativeVerbs implements Verbs {
  /** {@code int f(pointer, pointer, pointer)}, as post_send and post_srq_recv are. */
  private static final CallContext POST =
      CallContext.getCallContext(
          Type.SINT,
          new Type[] {Type.POINTER, Type.POINTER, Type.POINTER},
          CallingConvention.DEFAULT,
          false);

  /** {@code int f(pointer, int, pointer)}, as poll_cq is. */
  private static final CallContext POLL =
      CallContext.getCallContext(
          Type.SINT,
          new Type[] {Type.POINTER, Type.SINT, Type.POINTER},
          CallingConvention.DEFAULT,
          false);

  /** {@code int f(pointer, int)}, as req_notify_cq is. */
  private static final CallContext NOTIFY =
      CallContext.getCallContext(
          Type.SINT, new Type[] {Type.POINTER, Type.SINT}, CallingConvention.DEFAULT, false);

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;
  private static final int ENOENT = 2;
  private static final int EACCES = 13;
  private static final int ENODEV = 19;
  private static final int EPERM = 1;

  private final LibIbverbs verbs;
  private final LibRdmacm cm;
  private final LibC libc;
  private final Runtime runtime;

  /** One for each open device, as several ports and addresses of it share its events. */
  private final Map<Long, AsyncEvents> events = new HashMap<>();

  private NativeVerbs(LibIbverbs verbs, LibRdmacm cm) {
    this.verbs = verbs;
    this.cm = cm;
    libc = LibraryLoader.create(LibC.class).failImmediately().load("c");
    runtime = Runtime.getRuntime(verbs);
  }

  /** Loads the libraries. */
  static NativeVerbs load() throws FabricException {
    return new NativeVerbs(
        load(LibIbverbs.class, "libibverbs.so.1", "libibverbs1"),
        load(LibRdmacm.class, "librdmacm.so.1", "librdmacm1"));
  }

  static <T> T load(Class<T> type, String file, String debian) throws FabricException {
    try {
      return LibraryLoader.create(type).failImmediately().load(file);
    } catch (LinkageError | RuntimeException e) {
      throw new FabricException(
          "the library %s, which RDMA needs, cannot be loaded; install the package %s (Debian, Ubuntu) or rdma-core (others)"
              .formatted(file, debian),
          e);
    }
  }

  @Override
  public boolean hasDevices() {
    return !HcaPort.all(Path.of("/")).isEmpty();
  }

  @Override
  public VerbsPort open(InetAddress local, VerbsSettings settings) throws FabricException {
    Optional<String> problem =
        RdmaReadiness.of(Path.of("/")).problem(interfaceOf(local), settings.needs().memory());
    if (problem.isPresent()) {
      throw new FabricException(problem.get());
    }
    NativePort port = new NativePort(this, settings);
    try {
      port.open(local);
      return port;
    } catch (FabricException | RuntimeException | Error e) {
      port.close();
      throw e;
    }
  }

  private static String interfaceOf(InetAddress local) throws FabricException {
    try {
      NetworkInterface found = NetworkInterface.getByInetAddress(local);
      if (found != null) {
        return found.getName();
      }
    } catch (SocketException e) {
      throw new FabricException("the interface of " + local.getHostAddress() + " is not known", e);
    }
    throw new FabricException("this machine has no interface with " + local.getHostAddress());
  }

  LibIbverbs verbs() {
    return verbs;
  }

  LibRdmacm cm() {
    return cm;
  }

  LibC libc() {
    return libc;
  }

  /** Takes part in the events of a device, which is open. */
  synchronized AsyncEvents join(long context, NativePort port) {
    AsyncEvents shared = events.computeIfAbsent(context, opened -> new AsyncEvents(this, opened));
    shared.add(port);
    return shared;
  }

  /** Takes part no more; the device may be closed with its last port. */
  synchronized void leave(long context, NativePort port) {
    if (events.get(context).remove(port)) {
      events.remove(context);
    }
  }

  /** The error that the last call of this thread has left. */
  int errno() {
    return LastError.getLastError(runtime);
  }

  String text(int errno) {
    return libc.strerror(errno);
  }

  /** As {@link #failure(String, int)}, of the last call of this thread. */
  FabricException failure(String call) {
    return failure(call, errno());
  }

  /** What people can do about an error of a call. */
  FabricException failure(String call, int errno) {
    String what = call + " failed: " + text(errno);
    return switch (errno) {
      case ENOENT, ENODEV ->
          new FabricException(
              what
                  + "; there is no RDMA device for it, or a module is missing (rdma_cm, ib_uverbs)");
      case EACCES, EPERM ->
          new FabricException(
              what
                  + "; this process may not use /dev/infiniband, which a container has to be given");
      default -> new FabricException(what);
    };
  }

  static int post(long function, long queue, long request, long badResult) {
    return (int) Invoker.getInstance().invokeN3(POST, function, queue, request, badResult);
  }

  static int poll(long function, long cq, int count, long into) {
    return (int) Invoker.getInstance().invokeN3(POLL, function, cq, count, into);
  }

  static int requestNotify(long function, long cq) {
    return (int) Invoker.getInstance().invokeN2(NOTIFY, function, cq, 0);
  }

  /** Writes a {@code struct sockaddr_in} or {@code sockaddr_in6}. */
  static void writeAddress(ByteBuffer out, int at, InetSocketAddress address) {
    byte[] raw = address.getAddress().getAddress();
    boolean v4 = raw.length == 4;
    out.putShort(at, v4 ? AF_INET : AF_INET6);
    out.put(at + 2, (byte) (address.getPort() >> 8));
    out.put(at + 3, (byte) address.getPort());
    out.put(at + (v4 ? 4 : 8), raw);
    if (address.getAddress() instanceof java.net.Inet6Address v6) {
      out.putInt(at + 24, v6.getScopeId());
    }
  }

  /** A GID as people write it. */
  static String gid(byte[] raw) {
    return NetUtil.bytesToIpAddress(raw);
  }

  /** A number in network byte order. */
  static int fromNetwork(short port) {
    return Short.toUnsignedInt(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Short.reverseBytes(port) : port);
  }
}
