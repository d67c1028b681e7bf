// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.random;
import static io.railfs.worker.ufs.UfsContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What a worker's log says of cancelled reads and of its end: nothing that alarms. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class S3LogTest {
  private static final int SIZE = 1 << 20;

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private KeyServer server;

  @BeforeEach
  void start() throws Exception {
    server = KeyServer.start();
    server.put("f", random(SIZE));
    lines.start();
    root.addAppender(lines);
  }

  @AfterEach
  void stop() {
    root.detachAppender(lines);
    server.close();
  }

  private List<Thread> readers(Ufs ufs, int count) throws Exception {
    FileVersion version = ufs.stat(path("/f")).version();
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread reader =
          new Thread(
              () -> {
                try {
                  ufs.read(path("/f"), version, 0, ByteBuffer.allocate(SIZE));
                } catch (UfsException e) {
                  // Cancelled, or its store is closed.
                }
              });
      reader.start();
      readers.add(reader);
    }
    return readers;
  }

  private void assertNothingAlarms() throws InterruptedException {
    // Event loops tell late.
    TimeUnit.SECONDS.sleep(1);
    assertThat(new ArrayList<>(lines.list))
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .extracting(event -> event.getLoggerName() + ": " + event.getFormattedMessage())
        .isEmpty();
  }

  private static void end(List<Thread> readers) throws InterruptedException {
    for (Thread reader : readers) {
      reader.interrupt();
    }
    for (Thread reader : readers) {
      reader.join(TimeUnit.SECONDS.toMillis(20));
      assertThat(reader.isAlive()).isFalse();
    }
  }

  @Test
  void cancelledReadsAreNoNews() throws Exception {
    try (Ufs ufs = server.open(KeyServer.LIMITS, 20_000)) {
      // More than there are connections: none may be lost.
      for (int round = 0; round < 12; round++) {
        server.stalls = round % 2 == 0;
        server.hanging = false;
        List<Thread> readers = readers(ufs, 4);
        server.hanging = round % 2 == 1;
        TimeUnit.MILLISECONDS.sleep(round % 3 == 0 ? 200 : round);
        end(readers);
        server.stalls = false;
        server.hanging = false;
      }
      ByteBuffer target = ByteBuffer.allocate(SIZE);
      ufs.read(path("/f"), ufs.stat(path("/f")).version(), 0, target);
      assertThat(target.array()).isEqualTo(random(SIZE));
    }
    assertNothingAlarms();
  }

  @Test
  void theEndOfAWorkerThatStillReadsIsNoNews() throws Exception {
    for (int round = 0; round < 4; round++) {
      List<Thread> readers;
      try (Ufs ufs = server.open(KeyServer.LIMITS, 20_000)) {
        server.stalls = round % 2 == 0;
        readers = readers(ufs, 4);
        TimeUnit.MILLISECONDS.sleep(round < 2 ? 200 : 20);
        // As a worker does at its end: its readers are told, and the store is closed.
        readers.forEach(Thread::interrupt);
      }
      end(readers);
      server.stalls = false;
    }
    assertNothingAlarms();
  }

  @Test
  void answersThatAreGivenUpAreNamedOnceAndByUsOnly() throws Exception {
    FileVersion version;
    try (Ufs ufs = server.open(KeyServer.LIMITS, 20_000)) {
      version = ufs.stat(path("/f")).version();
    }
    ObjectLimits limits = new ObjectLimits(400, 256 << 10, 4, 16, 0, 0);
    for (int fault = 0; fault < 5; fault++) {
      server.ignoresRange = fault == 0;
      server.shortBy = fault == 1 ? 1 : 0;
      server.cuts.set(fault == 2 ? 100_000 : 0);
      server.stalls = fault == 3;
      server.hanging = fault == 4;
      ObjectUfs ufs =
          ObjectUfs.open(KeyServer.location(server.port()), limits, 1_500, KeyServer.health());
      try (ufs) {
        assertThat(refusal(() -> ufs.read(path("/f"), version, 0, ByteBuffer.allocate(SIZE / 2))))
            .isEqualTo(ErrorCode.UFS_FAILED);
      }
    }
    TimeUnit.SECONDS.sleep(1);
    assertThat(new ArrayList<>(lines.list))
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .extracting(event -> event.getLoggerName() + ": " + event.getFormattedMessage())
        .allMatch(line -> line.startsWith("io.railfs."));
  }
}
