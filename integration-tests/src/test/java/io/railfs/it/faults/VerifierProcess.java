// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The campaign's end of a {@link Verifier}. Thread-safe. */
final class VerifierProcess implements AutoCloseable {
  private final Process process;
  private final Writer commands;
  private final List<VerifierEvent> events = new ArrayList<>();
  private final Map<Integer, Integer> seen = new ConcurrentHashMap<>();
  private final AtomicLong worstNanos = new AtomicLong();
  private volatile Tick tick;
  private volatile boolean paused;

  /**
   * @param inMount words that run a program where the mount is seen
   * @param errors takes what the process says of itself
   */
  VerifierProcess(List<String> inMount, Path mountpoint, Duration limit, long seed, Path errors)
      throws IOException {
    List<String> words = new ArrayList<>(inMount);
    words.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Verifier.class.getName(),
            mountpoint.toString(),
            String.valueOf(limit.toMillis()),
            String.valueOf(seed)));
    process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread listener = new Thread(this::listen, "verifier-output");
    listener.setDaemon(true);
    listener.start();
  }

  private void listen() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        take(line.split(" ", -1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(String[] words) {
    switch (words[0]) {
      case "tick" -> {
        tick = Tick.of(words);
        worstNanos.accumulateAndGet(tick.worstNanos(), Math::max);
      }
      case "seen" -> seen.merge(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Math::max);
      case "paused" -> paused = true;
      default -> {
        synchronized (events) {
          events.add(VerifierEvent.of(words));
        }
      }
    }
  }

  private void command(String line) throws IOException {
    synchronized (commands) {
      commands.write(line + "\n");
      commands.flush();
    }
  }

  /** Says that a sample may be of this generation from now on. */
  void announce(Sample sample, int generation) throws IOException {
    command("generation " + sample.number() + " " + generation);
  }

  /** The newest generation of a sample that a reader got. */
  int seen(Sample sample) {
    return seen.getOrDefault(sample.number(), 0);
  }

  void pause() throws IOException {
    paused = false;
    command("pause");
  }

  void resume() throws IOException {
    command("resume");
  }

  /** Whether all readers rest since the last {@link #pause}. */
  boolean isPaused() {
    return paused;
  }

  /** Makes readers expect what is elsewhere, to see that they find wrong bytes; 0: no more. */
  void skew(long bytes) throws IOException {
    command("skew " + bytes);
  }

  /** The last one; null before the first. */
  Tick tick() {
    return tick;
  }

  /** The longest operation that ended since this was asked last. */
  long takeWorst() {
    return worstNanos.getAndSet(0);
  }

  /** All from this one on. */
  List<VerifierEvent> events(int from) {
    synchronized (events) {
      return List.copyOf(events.subList(from, events.size()));
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
