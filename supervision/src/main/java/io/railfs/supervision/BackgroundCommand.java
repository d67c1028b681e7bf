// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import com.typesafe.config.Config;
import io.railfs.supervision.system.CommandException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A command that runs in the background to its end, in a session of its own, unlike a service that
 * {@link Background} starts.
 *
 * @param pid of its process
 * @param log what it prints
 */
public record BackgroundCommand(long pid, Path log) {
  private static final List<String> MEMORY =
      List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /**
   * Starts it.
   *
   * @param name first part of its log's name
   * @param arguments of the main class; paths must be absolute, it runs in /
   */
  public static BackgroundCommand start(
      Config config, String name, String mainClass, List<String> arguments)
      throws CommandException {
    DateTimeFormatter format = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS", Locale.ROOT);
    String when = LocalDateTime.now(ZoneId.systemDefault()).format(format);
    Path log = LogDirectory.of(config).directory().resolve(name + "-" + when + ".log");
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(JvmCommand.of(MEMORY, mainClass, arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(new File("/"))
            .redirectInput(new File("/dev/null"))
            .redirectOutput(log.toFile())
            .redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    try {
      return new BackgroundCommand(builder.start().pid(), log);
    } catch (IOException e) {
      throw new CommandException("a process cannot be started: " + e.getMessage(), e);
    }
  }
}
