// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import io.railfs.base.FileFailure;
import io.railfs.configuration.Environment;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.control.ControlClient;
import io.railfs.supervision.control.ControlOperations;
import io.railfs.supervision.control.ControlRequest;
import io.railfs.supervision.control.ControlSocket;
import io.railfs.supervision.control.RefreshCounts;
import io.railfs.supervision.system.CommandException;
import io.railfs.supervision.system.Pid;
import io.railfs.supervision.system.User;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run files of this user's mounts and workers, one each. Thread-safe and safe between
 * processes: a file is replaced as a whole.
 */
public final class RunDirectory {
  private static final Logger log = LoggerFactory.getLogger(RunDirectory.class);

  private static final String ENDING = ".properties";

  private final Path directory;

  RunDirectory(Path directory) {
    this.directory = directory;
  }

  /** The one that the conf names, made if it is missing. */
  public static RunDirectory of(Config config) throws CommandException {
    String named = config.getString("railfs.run-directory");
    return of(
        named.isEmpty()
            ? standard(Environment.ofThisProcess(), User.uid())
            : Path.of(named).toAbsolutePath());
  }

  /** The one below this one for those that watch over others; made if it is missing. */
  public RunDirectory supervisors() throws CommandException {
    return of(directory.resolve("supervisors"));
  }

  private static RunDirectory of(Path directory) throws CommandException {
    try {
      if (!Files.isDirectory(directory)) {
        boolean root = User.isRoot();
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(
            directory, PosixFilePermissions.fromString(root ? "rwxr-xr-x" : "rwx------"));
      }
    } catch (IOException e) {
      throw new CommandException(
          "the run directory %s cannot be made (%s); name another with -D railfs.run-directory=DIR"
              .formatted(directory, FileFailure.describe(e)),
          e);
    }
    if (User.owner(directory) != User.uid() && !User.isRoot()) {
      throw new CommandException(
          "the run directory %s belongs to another user; name another with -D".formatted(directory)
              + " railfs.run-directory=DIR");
    }
    return new RunDirectory(directory);
  }

  /** Where it is when nobody names one. */
  static Path standard(Environment environment, int uid) {
    if (uid == 0) {
      return Path.of("/run/railfs");
    }
    return environment
        .directory("XDG_RUNTIME_DIR")
        .filter(Files::isDirectory)
        .map(runtime -> runtime.resolve("railfs"))
        .orElse(Path.of("/tmp", "railfs-" + uid));
  }

  /** Where a worker gives blocks to mounts of this host, beside its record. */
  public Path blockSocket(RunId id) {
    return directory.resolve(id.text() + ".blocks");
  }

  /** Writes or replaces a record. */
  public void write(RunId id, RunRecord record) throws CommandException {
    Path temporary = directory.resolve("." + id.text() + "." + record.pid().number());
    try {
      try (Writer writer = Files.newBufferedWriter(temporary, UTF_8)) {
        record.toProperties().store(writer, null);
      }
      Files.move(temporary, file(id), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CommandException(
          "the run file " + file(id) + " cannot be written: " + FileFailure.describe(e), e);
    }
  }

  /** The record of a process, whether it still runs or not. */
  public Optional<RunRecord> read(RunId id) throws CommandException {
    return read(file(id));
  }

  private static Optional<RunRecord> read(Path file) throws CommandException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new CommandException(
          "the run file " + file + " cannot be read: " + FileFailure.describe(e), e);
    }
    return RunRecord.of(properties);
  }

  /** The record of a process that runs. */
  public Optional<RunRecord> running(RunId id) throws CommandException {
    return read(id).filter(record -> record.pid().isAlive());
  }

  /** Records of all processes that run, by name. */
  public List<RunRecord> running() throws CommandException {
    List<RunRecord> records = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[!.]*" + ENDING)) {
      for (Path file : files) {
        read(file).filter(record -> record.pid().isAlive()).ifPresent(records::add);
      }
    } catch (IOException e) {
      throw new CommandException(
          "the run directory " + directory + " cannot be read: " + FileFailure.describe(e), e);
    }
    records.sort(Comparator.comparing(RunRecord::name));
    return records;
  }

  /** Forgets a process, unless another one has taken its place. */
  void delete(RunId id, Pid process) throws CommandException {
    if (read(id).filter(record -> record.pid().equals(process)).isPresent()) {
      delete(id);
    }
  }

  /** Forgets a process that has ended, and not one that is seen to have taken its place. */
  public void deleteEnded(RunId id) throws CommandException {
    if (running(id).isEmpty()) {
      delete(id);
    }
  }

  /** Forgets a process. */
  public void delete(RunId id) throws CommandException {
    try {
      Files.deleteIfExists(file(id));
    } catch (IOException e) {
      throw new CommandException(
          "the run file " + file(id) + " cannot be deleted: " + FileFailure.describe(e), e);
    }
  }

  /**
   * ControlOperations commands about a process, until it is closed; empty where that cannot be,
   * which the log reports.
   */
  public Optional<ControlSocket> answer(RunId id, ControlOperations answers) {
    try {
      return Optional.of(ControlSocket.open(socket(id), answers));
    } catch (IOException e) {
      log.warn(
          "{} cannot be made ({}); 'railfs stats' and 'railfs refresh' do not reach this process",
          socket(id),
          e.toString());
      return Optional.empty();
    }
  }

  /** What a process reports about itself. */
  public String stats(RunId id) throws CommandException {
    return ControlClient.stats(socket(id));
  }

  /** Lets a mount's process forget what it knows of a path, which may take half a minute. */
  public RefreshCounts refresh(RunId id, RailPath path, boolean recursive) throws CommandException {
    return ControlClient.refresh(socket(id), ControlRequest.refresh(path, recursive));
  }

  private Path socket(RunId id) {
    return directory.resolve(id.text() + ".stats");
  }

  private Path file(RunId id) {
    return directory.resolve(id.text() + ENDING);
  }
}
