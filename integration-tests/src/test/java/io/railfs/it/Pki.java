// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.nio.file.Path;

/** A CA of its own, made with openssl, and what it signs. */
final class Pki {
  private final Path directory;
  private final String name;

  /**
   * A certificate and its key.
   *
   * @param certificate PEM
   * @param key PEM, mode 600
   */
  record Identity(Path certificate, Path key) {}

  /**
   * Makes the CA.
   *
   * @param name of its file in the directory
   */
  Pki(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    Shell.bash(
            """
            set -eu; umask 077; cd "$1"
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $2.key -out $2.pem \
              -subj "/O=RailFS/CN=$2" -days 30 -addext basicConstraints=critical,CA:true
            """,
            directory,
            name)
        .ok();
  }

  /** The certificate of the CA. */
  Path ca() {
    return directory.resolve(name + ".pem");
  }

  /** A certificate for 127.0.0.1. */
  Identity issue(String subject) {
    return issue(subject, "IP:127.0.0.1", 30);
  }

  /**
   * Signs a certificate.
   *
   * @param subject its common name, and the name of its files
   * @param address subject alternative name, such as IP:127.0.0.1
   * @param days that it is valid; negative for one that has expired
   */
  Identity issue(String subject, String address, int days) {
    String file = name + "-" + subject;
    Shell.bash(
            """
            set -eu; umask 077; cd "$1"
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $3.key -out $3.csr -subj "/O=RailFS/CN=$4"
            openssl x509 -req -in $3.csr -CA $2.pem -CAkey $2.key -days $6 -out $3.pem -extfile <(echo "subjectAltName=$5")
            """,
            directory,
            name,
            file,
            subject,
            address,
            days)
        .ok();
    return new Identity(directory.resolve(file + ".pem"), directory.resolve(file + ".key"));
  }
}
