// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import io.railfs.fabric.FabricException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that was made of files and is made again when they change. {@link #get} may be called
 * by any thread, {@link #look} by one.
 */
final class WatchedFiles<T> {
  private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);

  private final List<Path> files;
  private final Loader<T> loader;
  private List<Object> seen;

  /** What was wrong at the last look; empty for nothing. */
  private String problem = "";

  private volatile T value;

  /** Makes the value. */
  interface Loader<T> {
    T load() throws FabricException;
  }

  /** What a look found. */
  enum Outcome {
    SAME,
    RELOADED,
    FAILED
  }

  /** Fails: the files cannot be used. */
  WatchedFiles(List<Path> files, Loader<T> loader) throws FabricException {
    this.files = List.copyOf(files);
    this.loader = loader;
    // Before the load: what changes in between is found by the next look.
    seen = state();
    value = loader.load();
  }

  T get() {
    return value;
  }

  /** Looks at the files; where they cannot be used now, the old value stays. */
  Outcome look() {
    List<Object> now = state();
    boolean changed = !now.equals(seen);
    // What was wrong may have been mended elsewhere: in another file, or by the clock.
    if (!changed && problem.isEmpty()) {
      return Outcome.SAME;
    }
    seen = now;
    try {
      value = loader.load();
      problem = "";
      log.info("{} changed and is in use for new connections", files);
      return Outcome.RELOADED;
    } catch (FabricException e) {
      String sentence = String.valueOf(e.getMessage());
      if (!changed && sentence.equals(problem)) {
        return Outcome.SAME;
      }
      problem = sentence;
      log.warn("{}; RailFS goes on with what it read before", e.getMessage(), e);
      return Outcome.FAILED;
    }
  }

  /** Whatever changes with the content, and where it does not. */
  private List<Object> state() {
    List<Object> state = new ArrayList<>();
    for (Path file : files) {
      try {
        state.add(Files.readAttributes(file, "unix:ino,size,lastModifiedTime,ctime,mode,uid"));
      } catch (IOException e) {
        // As good a state as any: the load that follows says what is wrong.
        state.add(String.valueOf(e));
      }
    }
    return state;
  }
}
