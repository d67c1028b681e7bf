// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.railfs.client.TransportKind;
import io.railfs.protocol.messages.HelloReply;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What brings the blocks of one connection: the first of the settings' transports that works, each
 * of which is tried when those before it do not; else TCP. Lives on the connection's event loop.
 */
final class TransportChoice {
  /** In place of a problem, while nothing is known. */
  private static final String TRIED = "it is being tried";

  private final Connection connection;
  private final ConnectionContext context;
  private final Object worker;
  private final int blockSize;
  private final HelloReply hello;
  private final Consumer<String> chosen;
  private final List<TransportKind> candidates;

  /** Why those that were tried do not work; empty where they do. */
  private final Map<TransportKind, String> problems = new EnumMap<>(TransportKind.class);

  private LocalLink local;
  private RdmaLink rdma;

  /** Whether something brings the blocks already. */
  private boolean decided;

  private TransportChoice(
      Connection connection,
      ConnectionContext context,
      Object worker,
      int blockSize,
      HelloReply hello,
      Consumer<String> chosen) {
    this.connection = requireNonNull(connection, "connection is null");
    this.context = requireNonNull(context, "context is null");
    this.worker = requireNonNull(worker, "worker is null");
    this.blockSize = blockSize;
    this.hello = requireNonNull(hello, "hello is null");
    this.chosen = requireNonNull(chosen, "chosen is null");
    this.candidates = candidates(context);
  }

  /** In an automatic choice, RDMA is none where this machine has no device for it. */
  private static List<TransportKind> candidates(ConnectionContext context) {
    List<TransportKind> all = new ArrayList<>(context.settings().transport().preferred());
    if (context.settings().transport().auto() && context.rdma() == null) {
      all.remove(TransportKind.RDMA);
    }
    return all;
  }

  /**
   * Starts to choose.
   *
   * @param worker whatever stands for it, the same for all its connections
   * @param chosen called by the event loop whenever what brings the blocks has been chosen again,
   *     with the reason why nothing better than TCP does, the rest of a sentence, or an empty text
   */
  static void start(
      Connection connection,
      ConnectionContext context,
      Object worker,
      int blockSize,
      HelloReply hello,
      Consumer<String> chosen) {
    TransportChoice choice =
        new TransportChoice(connection, context, worker, blockSize, hello, chosen);
    if (choice.candidates.isEmpty()) {
      choice.choose();
    } else {
      choice.next();
    }
  }

  /** Tries the next one, where there is one that was not tried yet. */
  private void next() {
    for (TransportKind kind : candidates) {
      if (!problems.containsKey(kind)) {
        problems.put(kind, TRIED);
        attempt(kind);
        return;
      }
    }
  }

  private void attempt(TransportKind kind) {
    switch (kind) {
      case LOCAL -> {
        if (context.local() == null) {
          outcome(kind, "it needs the epoll transport, which is not in use here");
        } else {
          local =
              LocalLink.start(
                  connection, context, worker, blockSize, hello, text -> outcome(kind, text));
        }
      }
      case RDMA -> {
        if (context.rdma() == null) {
          outcome(kind, "this machine has no device for it");
        } else {
          rdma = RdmaLink.start(connection, context, hello, text -> outcome(kind, text));
        }
      }
      case TCP -> throw new IllegalStateException("TCP needs no attempt");
    }
  }

  private void outcome(TransportKind kind, String problem) {
    problems.put(kind, problem);
    if (!problem.isEmpty()) {
      next();
    }
    if (decided || problem.isEmpty() || !problems.containsValue(TRIED)) {
      choose();
    }
  }

  private void choose() {
    decided = true;
    for (TransportKind kind : candidates) {
      BlockTransport works = transport(kind);
      if (works != null) {
        connection.setBlocks(works);
        chosen.accept("");
        return;
      }
    }
    if (connection.blocks().kind() != TransportKind.TCP) {
      connection.setBlocks(new TcpBlocks(connection));
    }
    chosen.accept(problem());
  }

  /** Null where it does not work. */
  private BlockTransport transport(TransportKind kind) {
    return switch (kind) {
      case LOCAL -> local == null ? null : local.blocks();
      case RDMA -> rdma == null ? null : rdma.blocks();
      case TCP -> null;
    };
  }

  private String problem() {
    if (candidates.size() == 1) {
      return String.valueOf(problems.get(candidates.get(0)));
    }
    return candidates.stream()
        .map(kind -> kind.label() + ": " + problems.get(kind))
        .collect(Collectors.joining("; "));
  }
}
