// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.trust;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Settings under railfs.security.tls, where it is enabled; reference.conf says what they mean. All
 * files are in PEM.
 *
 * @param certificate this side's own, with those between it and the CA
 * @param key of the certificate
 * @param ca whose peers are trusted
 */
record TlsSettings(Optional<Path> certificate, Optional<Path> key, Optional<Path> ca) {
  TlsSettings {
    requireNonNull(certificate, "certificate is null");
    requireNonNull(key, "key is null");
    requireNonNull(ca, "ca is null");
  }
}
