// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import static java.util.Objects.requireNonNull;

import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.Pid;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * What a running mount or worker reports about itself.
 *
 * @param kind what it is
 * @param name a mount's mountpoint, a worker's rpc endpoint
 * @param pid its process
 * @param state how far it has come
 * @param message why it failed, one sentence; of one that is ready what people should know of its
 *     start, a sentence a line; empty otherwise
 * @param log its log file; empty when it logs to its terminal
 * @param conf its conf file; empty where it has none
 * @param overrides settings of its command line, "key=value"
 * @param endpoints rpc endpoints of the workers that a mount uses, or of this worker
 * @param started when it began
 */
public record RunRecord(
    ProcessRole kind,
    String name,
    Pid pid,
    RunState state,
    String message,
    String log,
    String conf,
    List<String> overrides,
    List<String> endpoints,
    Instant started) {

  public RunRecord {
    requireNonNull(kind, "kind is null");
    requireNonNull(name, "name is null");
    requireNonNull(pid, "pid is null");
    requireNonNull(state, "state is null");
    requireNonNull(started, "started is null");
    overrides = List.copyOf(overrides);
    endpoints = List.copyOf(endpoints);
  }

  /** Whether it is of another process than this one. */
  public boolean isOfAnother() {
    return pid.number() != ProcessHandle.current().pid();
  }

  /** The same process, further on. */
  public RunRecord with(RunState newState, String newMessage) {
    return new RunRecord(
        kind, name, pid, newState, newMessage, log, conf, overrides, endpoints, started);
  }

  Properties toProperties() {
    Properties properties = new Properties();
    properties.setProperty("kind", kind.name());
    properties.setProperty("name", name);
    properties.setProperty("pid", String.valueOf(pid.number()));
    properties.setProperty("start-ticks", String.valueOf(pid.startTicks()));
    properties.setProperty("state", state.name());
    properties.setProperty("message", message);
    properties.setProperty("log", log);
    properties.setProperty("conf", conf);
    properties.setProperty("overrides", String.join("\n", overrides));
    properties.setProperty("endpoints", String.join(" ", endpoints));
    properties.setProperty("started", started.toString());
    return properties;
  }

  /** Empty where the properties are no record, as of a file that is only half there. */
  static Optional<RunRecord> of(Properties properties) {
    try {
      String overrides = properties.getProperty("overrides", "");
      String endpoints = properties.getProperty("endpoints", "");
      return Optional.of(
          new RunRecord(
              ProcessRole.valueOf(properties.getProperty("kind", "")),
              properties.getProperty("name", ""),
              new Pid(number(properties, "pid"), number(properties, "start-ticks")),
              RunState.valueOf(properties.getProperty("state", "")),
              properties.getProperty("message", ""),
              properties.getProperty("log", ""),
              properties.getProperty("conf", ""),
              overrides.isEmpty() ? List.of() : List.of(overrides.split("\n", -1)),
              endpoints.isEmpty() ? List.of() : List.of(endpoints.split(" ", -1)),
              Instant.parse(properties.getProperty("started", ""))));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static long number(Properties properties, String key) {
    return Long.parseLong(properties.getProperty(key, ""));
  }
}
