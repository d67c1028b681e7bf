// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import io.railfs.base.FileFailure;
import io.railfs.base.Release;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ConfValue;
import io.railfs.configuration.ProcessRole;
import io.railfs.diagnosis.doctor.MachineCapture;
import io.railfs.diagnosis.doctor.Report;
import io.railfs.http.Json;
import io.railfs.supervision.LogDirectory;
import io.railfs.supervision.RunDirectory;
import io.railfs.supervision.RunRecord;
import io.railfs.supervision.logging.SecretValues;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * An archive for whoever helps: the doctor's report, the settings in force, the ends of the logs,
 * and the files of the kernel that the checks read. Settings are shown as 'railfs conf get' shows
 * them, without secrets; and the values of secret settings are taken out of everything else.
 */
final class SupportBundle {
  private static final int LOG_END = 1 << 20;
  private static final int MAX_LOGS = 20;

  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<SecretValues> secrets = new ArrayList<>();

  private SupportBundle() {}

  /**
   * Writes the archive, a tar.gz that its owner alone may read.
   *
   * @param file that must not exist
   * @throws CommandException where it cannot be written
   */
  static void write(Path file, Report report, Optional<Path> conf, List<String> overrides)
      throws CommandException {
    SupportBundle bundle = new SupportBundle();
    bundle.add("report.txt", String.join("\n", report.lines()) + "\n");
    bundle.add("report.json", Json.text(report.toJson()) + "\n");
    bundle.add("release.txt", release());
    bundle.addSettings(ProcessRole.MOUNT, conf, overrides);
    bundle.addSettings(ProcessRole.WORKER, Optional.empty(), List.of());
    bundle.files.putAll(MachineCapture.of(Path.of("/")));
    bundle.write(file);
  }

  private static String release() {
    return "RailFS %s\nJava %s (%s)\n%s %s\n"
        .formatted(
            Release.VERSION,
            System.getProperty("java.runtime.version"),
            System.getProperty("java.vendor"),
            System.getProperty("os.name"),
            System.getProperty("os.version"));
  }

  private void add(String name, String text) {
    files.put(name, text.getBytes(UTF_8));
  }

  private void addSettings(ProcessRole role, Optional<Path> file, List<String> overrides) {
    String name = "settings/" + role.label() + ".conf";
    try {
      Conf conf = Conf.load(role, file, overrides);
      Config config = conf.config();
      secrets.add(SecretValues.of(config));
      StringBuilder text = new StringBuilder();
      for (Map.Entry<String, ConfValue> one : conf.values(Optional.empty()).entrySet()) {
        text.append(one.getKey())
            .append(" = ")
            .append(one.getValue().text())
            .append("  # ")
            .append(one.getValue().source().text())
            .append('\n');
      }
      add(name, text.toString());
      addLogs(config);
      addProcesses(config);
    } catch (ConfException e) {
      add(name, "# cannot be loaded: " + e.getMessage() + "\n");
    } catch (CommandException e) {
      add("settings/" + role.label() + ".problem", e.getMessage() + "\n");
    }
  }

  /** The latest logs, of each its end. */
  private void addLogs(Config config) throws CommandException {
    Path directory = LogDirectory.of(config).directory();
    try (Stream<Path> entries = Files.list(directory)) {
      List<Path> logs =
          entries
              .filter(Files::isRegularFile)
              .filter(log -> String.valueOf(log.getFileName()).matches(".*\\.(log|out)"))
              .sorted((one, other) -> Long.compare(modified(other), modified(one)))
              .limit(MAX_LOGS)
              .toList();
      for (Path log : logs) {
        files.put("logs/" + log.getFileName(), end(log));
      }
    } catch (IOException e) {
      add("logs/problem", directory + " cannot be listed: " + FileFailure.describe(e) + "\n");
    }
  }

  private static long modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      // It was rotated away meanwhile.
      return 0;
    }
  }

  private static byte[] end(Path log) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long start = Math.max(0, file.length() - LOG_END);
      file.seek(start);
      byte[] bytes = new byte[(int) (file.length() - start)];
      file.readFully(bytes);
      return bytes;
    } catch (IOException e) {
      return ("it cannot be read: " + FileFailure.describe(e) + "\n").getBytes(UTF_8);
    }
  }

  /** Those of this user; of their overrides the names, for values may be secret. */
  private void addProcesses(Config config) throws CommandException {
    StringBuilder text = new StringBuilder();
    for (RunRecord record : RunDirectory.of(config).running()) {
      text.append(
          "%s %s: pid %d, %s, since %s, conf '%s', overrides of %s%s%n"
              .formatted(
                  record.kind().label(),
                  record.name(),
                  record.pid().number(),
                  record.state(),
                  record.started(),
                  record.conf(),
                  record.overrides().stream().map(one -> one.split("=", 2)[0]).toList(),
                  record.message().isEmpty() ? "" : ": " + record.message()));
    }
    add("processes.txt", text.isEmpty() ? "none of this user runs\n" : text.toString());
  }

  private void write(Path file) throws CommandException {
    try (OutputStream out = create(file);
        TarArchive archive = new TarArchive(new GZIPOutputStream(out), Instant.now())) {
      for (Map.Entry<String, byte[]> one : files.entrySet()) {
        archive.add("railfs-support/" + one.getKey(), discreet(one.getValue()));
      }
    } catch (FileAlreadyExistsException e) {
      throw new CommandException(file + " exists; name a file that does not", e);
    } catch (IOException e) {
      throw new CommandException(
          "the support archive " + file + " cannot be written: " + FileFailure.describe(e), e);
    }
  }

  private static OutputStream create(Path file) throws IOException {
    return Channels.newOutputStream(
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
  }

  private byte[] discreet(byte[] content) {
    byte[] clean = content;
    for (SecretValues values : secrets) {
      clean = values.hide(clean);
    }
    return clean;
  }
}
