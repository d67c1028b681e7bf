// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real etcd with a directory and ports of its own, which can be stopped and started again. */
public final class EtcdServer implements AutoCloseable {
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Path directory;
  private final int clientPort;
  private final int peerPort;
  private final int healthPort;
  private final List<String> security;
  private Process process;

  private EtcdServer(List<String> security) throws IOException {
    this.security = security;
    directory = Files.createTempDirectory("railfs-etcd-");
    clientPort = Ports.take();
    peerPort = Ports.take();
    healthPort = Ports.take();
    start();
  }

  /** Starts one; returns when it answers. */
  public static EtcdServer create() {
    return create(List.of());
  }

  /** One that speaks TLS alone, with this certificate, and asks clients for one of the CA. */
  static EtcdServer encrypted(Pki pki, Pki.Identity own) {
    return create(
        List.of(
            "--cert-file=" + own.certificate(),
            "--key-file=" + own.key(),
            "--client-cert-auth",
            "--trusted-ca-file=" + pki.ca()));
  }

  private static EtcdServer create(List<String> security) {
    try {
      return new EtcdServer(security);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens for clients, on this machine. */
  public int port() {
    return clientPort;
  }

  /** The same as a URL. */
  String endpoint() {
    return (security.isEmpty() ? "http" : "https") + "://127.0.0.1:" + clientPort;
  }

  /** Settings that name it, in a conf file's words. */
  String settings() {
    return "railfs.membership { type = etcd, etcd { endpoints = [\""
        + endpoint()
        + "\"], lease = 5s, timeout = 5s } }\n";
  }

  /** Starts it with what it stored before. */
  public void start() throws IOException {
    String peer = "http://127.0.0.1:" + peerPort;
    List<String> command = new ArrayList<>();
    Collections.addAll(
        command,
        "etcd",
        "--data-dir=" + directory.resolve("data"),
        "--listen-client-urls=" + endpoint(),
        "--advertise-client-urls=" + endpoint(),
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=default=" + peer,
        "--listen-metrics-urls=http://127.0.0.1:" + healthPort,
        "--unsafe-no-fsync",
        "--logger=zap");
    command.addAll(security);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    awaitAnswer();
  }

  /** It takes connections before it has elected itself, for a second or more, and then says so. */
  private void awaitAnswer() throws IOException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < START_NANOS && process.isAlive()) {
      if (isHealthy()) {
        return;
      }
      pause();
    }
    throw new IOException("etcd does not answer: " + Files.readString(directory.resolve("log")));
  }

  private boolean isHealthy() throws IOException {
    HttpURLConnection question =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + healthPort + "/health").toURL().openConnection();
    question.setConnectTimeout(1_000);
    question.setReadTimeout(1_000);
    try {
      return question.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException e) {
      // Not yet; its log says more when the time is over.
      return false;
    } finally {
      question.disconnect();
    }
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Kills it. */
  public void stop() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Deletes every key, as an operator would; leases live on. */
  void deleteAll() throws IOException {
    HttpURLConnection question =
        (HttpURLConnection) URI.create(endpoint() + "/v3/kv/deleterange").toURL().openConnection();
    question.setRequestMethod("POST");
    question.setDoOutput(true);
    question.setConnectTimeout(5_000);
    question.setReadTimeout(5_000);
    // From the key of one zero byte to the end, in base64.
    question
        .getOutputStream()
        .write("{\"key\":\"AA==\",\"range_end\":\"AA==\"}".getBytes(StandardCharsets.UTF_8));
    if (question.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("etcd answered " + question.getResponseCode());
    }
    question.disconnect();
  }

  /** Writes a key. */
  void put(String key, String value) throws IOException {
    HttpURLConnection question =
        (HttpURLConnection) URI.create(endpoint() + "/v3/kv/put").toURL().openConnection();
    question.setRequestMethod("POST");
    question.setDoOutput(true);
    question.setConnectTimeout(5_000);
    question.setReadTimeout(5_000);
    String body = "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value));
    question.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    if (question.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("etcd answered " + question.getResponseCode());
    }
    question.getInputStream().close();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Forgets everything; it must be stopped. */
  void loseData() throws IOException {
    delete(directory.resolve("data"));
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void close() {
    stop();
    try {
      delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
