// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks;

import io.railfs.benchmarks.contender.Scale;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line.
 *
 * @param works letters; empty: all
 * @param cases beginnings of the ids of cases; empty: all of the works
 * @param contenders families of contenders
 * @param repeats measurements of each
 * @param seconds that one should last
 * @param streams numbers of streams of the sequential works
 * @param directory of data, stores, mountpoints
 * @param quietWait longest wait for a quiet machine, in seconds
 * @param writeDocs whether to write docs/PERFORMANCE.md and docs/performance
 */
record Options(
    List<String> works,
    List<String> cases,
    List<String> contenders,
    int repeats,
    double seconds,
    List<Integer> streams,
    Scale scale,
    Path directory,
    int quietWait,
    boolean writeDocs) {

  static final String USAGE =
      """
      Usage: railfs-bench-suite [OPTION...]
         or: railfs-bench-suite jmh [JMH-ARGUMENT...]
      Measures RailFS beside the machine's limits and real peers (docs/PERFORMANCE.md). Needs root.
        --only LETTERS       works, such as a,b,d; all by default
        --cases BEGINNINGS   of ids of cases, such as d/4k,d/cached; all of the works by default
        --contenders NAMES   of file,N,memfs,null,railfs,glusterfs,moosefs,sshfs,alluxio,sdk,s3fs,rclone; all by default
        --repeats N          measurements of each; 5
        --seconds S          that one should last; 1
        --streams NUMBERS    of the sequential works; 1,4,32
        --scale NAME         full (4 x 1 GiB), half (4 x 512 MiB) or small (4 x 256 MiB); full
        --directory DIR      data, stores, mountpoints, logs; /var/tmp/railfs-bench
        --quiet-wait S       longest wait for a quiet machine before a measurement; 5
        --write-docs         writes what was measured into docs/PERFORMANCE.md and docs/performance/*.json
      """;

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "--only", "",
          "--cases", "",
          "--contenders",
              "file,N,memfs,null,railfs,glusterfs,moosefs,sshfs,alluxio,sdk,s3fs,rclone",
          "--repeats", "5",
          "--seconds", "1",
          "--streams", "1,4,32",
          "--scale", "full",
          "--directory", "/var/tmp/railfs-bench",
          "--quiet-wait", "5");

  /** Reads the words; fails with a sentence. */
  static Options of(List<String> words) {
    Map<String, String> given = new LinkedHashMap<>(DEFAULTS);
    boolean writeDocs = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--write-docs")) {
        writeDocs = true;
      } else if (!DEFAULTS.containsKey(word)) {
        throw new IllegalArgumentException("there is no option '" + word + "'\n" + USAGE);
      } else if (++i == words.size()) {
        throw new IllegalArgumentException(word + " needs a value");
      } else {
        given.put(word, words.get(i));
      }
    }
    return new Options(
        list(given.get("--only")),
        list(given.get("--cases")),
        list(given.get("--contenders")).stream()
            .map(name -> name.equals("railfs-null") ? "null" : name)
            .toList(),
        Integer.parseInt(given.get("--repeats")),
        Double.parseDouble(given.get("--seconds")),
        list(given.get("--streams")).stream().map(Integer::valueOf).toList(),
        Scale.of(given.get("--scale")),
        Path.of(given.get("--directory")).toAbsolutePath().normalize(),
        Integer.parseInt(given.get("--quiet-wait")),
        writeDocs);
  }

  /** Whether a case is to be measured. */
  boolean wants(String id) {
    return cases.isEmpty() || cases.stream().anyMatch(id::startsWith);
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",", -1)).filter(word -> !word.isEmpty()).toList();
  }
}
