// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a process proves itself to etcd, and what etcd must prove; reference.conf says what the
 * settings mean.
 *
 * @param tls whether etcd is asked by https
 * @param ca whose certificate etcd must have; empty for those that the JDK trusts
 * @param certificate of this process
 * @param key of the certificate
 * @param user of etcd; empty for none
 * @param passwordFile holds the password of the user
 */
public record EtcdAccess(
    boolean tls,
    Optional<Path> ca,
    Optional<Path> certificate,
    Optional<Path> key,
    String user,
    Optional<Path> passwordFile) {
  private static final String PATH = "railfs.membership.etcd.";

  public EtcdAccess {
    requireNonNull(ca, "ca is null");
    requireNonNull(certificate, "certificate is null");
    requireNonNull(key, "key is null");
    requireNonNull(user, "user is null");
    requireNonNull(passwordFile, "passwordFile is null");
  }

  /** Reads and checks the settings; does not look at the files. */
  static EtcdAccess of(Config config, boolean tls) {
    EtcdAccess access =
        new EtcdAccess(
            tls,
            file(config, "tls.ca"),
            file(config, "tls.certificate"),
            file(config, "tls.key"),
            config.getString(PATH + "user").strip(),
            file(config, "password-file"));
    if (access.certificate.isPresent() != access.key.isPresent()) {
      throw bad(
          config,
          access.certificate.isPresent() ? "tls.key" : "tls.certificate",
          "is empty; a certificate and its key belong together");
    }
    if (!tls && (access.ca.isPresent() || access.certificate.isPresent())) {
      throw bad(
          config,
          access.ca.isPresent() ? "tls.ca" : "tls.certificate",
          "is of no use unless railfs.membership.etcd.endpoints begin with https://");
    }
    if (access.user.isEmpty() != access.passwordFile.isEmpty()) {
      throw bad(
          config,
          access.user.isEmpty() ? "user" : "password-file",
          "is empty; a user and the file with its password belong together");
    }
    return access;
  }

  private static Optional<Path> file(Config config, String key) {
    String text = config.getString(PATH + key).strip();
    if (!text.isEmpty() && !text.matches("/[^\\x00]+")) {
      throw bad(config, key, "'" + text + "' is not an absolute path");
    }
    return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
  }

  private static ConfigException.BadValue bad(Config config, String key, String sentence) {
    return new ConfigException.BadValue(config.getValue(PATH + key).origin(), PATH + key, sentence);
  }

  /** Whatever of the files changes with their content. */
  List<Object> state() {
    return Stream.of(ca, certificate, key, passwordFile)
        .flatMap(Optional::stream)
        .map(EtcdAccess::state)
        .toList();
  }

  private static Object state(Path file) {
    try {
      return Files.readAttributes(file, "unix:ino,size,lastModifiedTime,ctime");
    } catch (IOException e) {
      // As good a state as any: who reads it says what is wrong.
      return String.valueOf(e);
    }
  }
}
