// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is published on this machine, in memory and in a file for each target, so that the next
 * process knows it too. Thread-safe; calls for one target come one after the other.
 */
final class Publications {
  private static final Logger log = LoggerFactory.getLogger(Publications.class);

  private static final String ENDING = ".properties";

  private final Path directory;
  private final Map<Path, Publication> byTarget = new ConcurrentHashMap<>();

  private Publications(Path directory) {
    this.directory = directory;
  }

  /** Reads what a former process left. */
  static Publications open(Path directory) throws IOException {
    Files.createDirectories(directory);
    Publications publications = new Publications(directory);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(ENDING)).toList()) {
        publications.read(file);
      }
    }
    return publications;
  }

  private void read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, UTF_8)) {
      properties.load(reader);
    } catch (IllegalArgumentException e) {
      // Not a file of properties: treated as an empty one.
      properties.clear();
    }
    Publication.of(properties)
        .ifPresentOrElse(
            one -> byTarget.put(one.target(), one),
            () -> log.warn("{} does not say what is published where; it is ignored", file));
  }

  Optional<Publication> at(Path target) {
    return Optional.ofNullable(byTarget.get(target));
  }

  List<Publication> all() {
    return new ArrayList<>(byTarget.values());
  }

  /** Remembers one; when this returns, the disk has it. */
  void add(Publication publication) throws IOException {
    Path file = file(publication.target());
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    publication.toProperties().store(new OutputStreamWriter(text, UTF_8), null);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.toByteArray());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    byTarget.put(publication.target(), publication);
  }

  void remove(Path target) throws IOException {
    Files.deleteIfExists(file(target));
    byTarget.remove(target);
  }

  private Path file(Path target) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(target.toString().getBytes(UTF_8));
      return directory.resolve(HexFormat.of().formatHex(digest, 0, 16) + ENDING);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
