// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static java.util.Objects.requireNonNull;

import io.railfs.protocol.RailPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A load or free of all files below a path, and how far it is. Thread-safe. */
final class Job {
  private static final int MAX_PROBLEMS = 10;

  private final int id;
  private final Kind kind;
  private final RailPath path;
  private final boolean pin;
  private final Instant started = Instant.now();

  /** Guarded by this, as all that follow. */
  private State state = State.WAITING;

  private Instant ended;
  private boolean walked;
  private long files;
  private long blocks;
  private long bytes;
  private long doneBlocks;
  private long doneBytes;
  private long errors;
  private final List<String> problems = new ArrayList<>();

  enum Kind {
    LOAD,
    FREE
  }

  enum State {
    WAITING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED
  }

  Job(int id, Kind kind, RailPath path, boolean pin) {
    this.id = id;
    this.kind = requireNonNull(kind, "kind is null");
    this.path = requireNonNull(path, "path is null");
    this.pin = pin;
  }

  int id() {
    return id;
  }

  Kind kind() {
    return kind;
  }

  RailPath path() {
    return path;
  }

  boolean pin() {
    return pin;
  }

  synchronized void began() {
    state = state == State.WAITING ? State.RUNNING : state;
  }

  synchronized void fileFound() {
    files++;
  }

  synchronized void blockFound(int length) {
    blocks++;
    bytes += length;
  }

  /** Everything that there is to do is known. */
  synchronized void walked() {
    walked = true;
  }

  synchronized void blockDone(int length) {
    doneBlocks++;
    doneBytes += length;
  }

  synchronized void failed(String problem) {
    errors++;
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(problem);
    }
  }

  synchronized void cancel() {
    if (!isEnded()) {
      state = State.CANCELLED;
      ended = Instant.now();
    }
  }

  synchronized void end() {
    if (!isEnded()) {
      state = errors > 0 ? State.FAILED : State.DONE;
      ended = Instant.now();
    }
  }

  synchronized boolean isEnded() {
    return ended != null;
  }

  synchronized Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("kind", kind.name().toLowerCase(Locale.ROOT));
    json.put("path", path.utf8());
    json.put("pin", pin);
    json.put("state", state.name().toLowerCase(Locale.ROOT));
    json.put("started", started.toString());
    json.put("ended", ended == null ? null : ended.toString());
    json.put("all_known", walked);
    json.put("files", files);
    json.put("blocks", blocks);
    json.put("bytes", bytes);
    json.put("done_blocks", doneBlocks);
    json.put("done_bytes", doneBytes);
    json.put("errors", errors);
    json.put("problems", List.copyOf(problems));
    return json;
  }
}
