// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import java.util.Locale;
import java.util.Map;

/**
 * What a TLS library says, in the words of an operator. The worker says by an alert (RFC 8446,
 * section 6.2) what it does not like; the library of this side throws sentences of its own.
 */
final class TlsFailure {
  private static final Map<String, String> ALERTS =
      Map.of(
          "certificate_required",
          "the worker asks for a certificate of a CA that it knows, and this side has none such in"
              + " railfs.security.tls.certificate",
          "unknown_ca",
          "the worker does not know the CA of this side's certificate",
          "certificate_expired",
          "the worker finds this side's certificate expired",
          "bad_certificate",
          "the worker does not accept this side's certificate",
          "certificate_unknown",
          "the worker does not accept this side's certificate",
          "decrypt_error",
          "this side's key is not that of its certificate",
          "protocol_version",
          "the worker speaks other versions of TLS",
          "handshake_failure",
          "the worker has no way of encryption in common with this side");

  private static final String NO_PATH = "unable to find valid certification path";

  private TlsFailure() {}

  /**
   * A phrase.
   *
   * @param message of the library
   */
  static String describe(String message) {
    String words = message.toLowerCase(Locale.ROOT).replace(' ', '_');
    for (Map.Entry<String, String> alert : ALERTS.entrySet()) {
      if (words.contains("alert") && words.endsWith(alert.getKey())) {
        return alert.getValue();
      }
    }
    if (message.contains(NO_PATH)) {
      return "no certification path leads from the worker's certificate to the CA of"
          + " railfs.security.tls.ca";
    }
    // "error:1000045c:SSL routines:OPENSSL_internal:SOME_WORDS"
    return message.startsWith("error:")
        ? message.substring(message.lastIndexOf(':') + 1).toLowerCase(Locale.ROOT).replace('_', ' ')
        : message;
  }
}
