// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A proxy that makes tunnels (CONNECT), all of them to one port of this machine. */
final class TunnelProxy implements AutoCloseable {
  /** The heads of all requests. */
  final List<String> heads = new CopyOnWriteArrayList<>();

  private final ServerSocket listening;
  private final int target;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  TunnelProxy(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        open.add(client);
        threads.execute(() -> serve(client));
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void serve(Socket client) {
    try (client) {
      StringBuilder head = new StringBuilder();
      InputStream in = client.getInputStream();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          return;
        }
        head.append((char) next);
      }
      heads.add(head.toString());
      if (!head.toString().startsWith("CONNECT ")) {
        client.getOutputStream().write("HTTP/1.1 405 No\r\n\r\n".getBytes(ISO_8859_1));
        return;
      }
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
        open.add(server);
        client.getOutputStream().write("HTTP/1.1 200 Tunnel\r\n\r\n".getBytes(ISO_8859_1));
        threads.execute(() -> pipe(server, client));
        pipe(client, server);
      }
    } catch (IOException e) {
      // One of the two has gone.
    }
  }

  private static void pipe(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // One of the two has gone.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
    threads.shutdownNow();
  }
}
