// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A thread of this process that is in the namespace of the switches; its sockets are too. */
final class SwitchThread implements AutoCloseable {
  private static final int CONNECT_MILLIS = 1_000;
  private static final int READ_MILLIS = 5_000;
  private static final long LIMIT_SECONDS = 20;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "switch");
            made.setDaemon(true);
            return made;
          });

  SwitchThread(String namespace) throws IOException {
    call(
        () -> {
          Posix.enterNetwork(namespace);
          return null;
        });
  }

  private <T> T call(Callable<T> task) throws IOException {
    try {
      return thread.submit(task).get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer in " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** A socket that hosts reach under the switches' address. */
  ServerSocket listen(int port) throws IOException {
    return call(
        () -> new ServerSocket(port, 50, InetAddress.getByName(Hosts.address(Hosts.SWITCH))));
  }

  /** What a web server of a host says. */
  String get(int host, int port, String path) throws IOException {
    return call(() -> load("http://" + Hosts.address(host) + ":" + port + path));
  }

  private static String load(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setRequestProperty("Connection", "close");
    try {
      return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      connection.disconnect();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
