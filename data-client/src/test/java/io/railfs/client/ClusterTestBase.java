// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.RailPath;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Fake workers, a client of them, and fetches; everything is closed after each test. */
@ExtendWith(Leaks.class)
public abstract class ClusterTestBase {
  static final String PATH = "/data/file";
  static final long FILE_SIZE = 64L << 20;

  /** Milliseconds of a deadline that nothing comes near, however busy the machine is. */
  static final long AMPLE = 30_000;

  /** For tests of what follows an attempt whose time is over: elsewhere none is to end so. */
  static final String BRIEF_ATTEMPTS = "railfs.client.attempt-timeout = 300ms\n";

  static {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @AfterEach
  void closeAll() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  final FakeWorker worker(String id) {
    return closing(FakeWorker.start(id));
  }

  final <C extends AutoCloseable> C closing(C resource) {
    open.push(resource);
    return resource;
  }

  /**
   * A client whose attempts have ample time and which hedges nothing, so that a busy machine makes
   * no further attempt; later settings win.
   */
  final Cluster connect(String settings, FakeWorker... workers) throws ClusterException {
    return closing(ClusterClient.connect(settings(settings, endpoints(workers))));
  }

  static String endpoints(FakeWorker... workers) {
    return Arrays.stream(workers)
        .map(w -> '"' + w.endpoint() + '"')
        .collect(Collectors.joining(","));
  }

  static ClientSettings settings(String settings, String endpoints) {
    return ClientSettings.of(
        ConfigFactory.parseString(
                "railfs.client { attempt-timeout = 20s, connect-timeout = 10s, threads = 2 }\n"
                    + "railfs.client { hedge.share = 0, data.connections = 2 }\n"
                    + "railfs.workers = ["
                    + endpoints
                    + "]\n"
                    + settings)
            .withFallback(ConfigFactory.load()));
  }

  public static RailPath path(String text) {
    try {
      return RailPath.of(text);
    } catch (io.railfs.protocol.ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  public static long in(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  static FetchRequest request(String path, long offset, int length, long millis) {
    return new FetchRequest(path(path), Content.version(FILE_SIZE), offset, length, in(millis));
  }

  static RecordingSink fetch(Cluster cluster, long offset, int length, long millis) {
    RecordingSink sink = new RecordingSink(length);
    cluster.pages().fetch(request(PATH, offset, length, millis), sink);
    return sink;
  }

  static void awaitEnd(RecordingSink sink) throws Exception {
    sink.end.get(60, TimeUnit.SECONDS);
  }

  /** Of the first rail to the first worker. */
  static RailState railState(Cluster cluster) {
    return cluster.stats().workers().get(0).rails().get(0).state();
  }

  static ClusterException failure(RecordingSink sink) {
    Throwable thrown = catchThrowable(() -> awaitEnd(sink));
    assertThat(thrown).isInstanceOf(ExecutionException.class);
    assertThat(sink.breaches).isEmpty();
    return (ClusterException) thrown.getCause();
  }

  static void assertFails(RecordingSink sink, Failure failure) {
    assertThat(failure(sink).failure()).isEqualTo(failure);
  }
}
