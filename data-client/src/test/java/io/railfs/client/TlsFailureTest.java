// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;

import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** Words of TLS libraries, as BoringSSL and Java have them, never reach a person. */
final class TlsFailureTest {
  @Test
  void alertsAreSaidInPlainWords() {
    assertThat(
            TlsFailure.describe(
                "error:1000045c:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED"))
        .isEqualTo(TlsFailure.describe("Received fatal alert: certificate_required"))
        .startsWith("the worker asks for a certificate of a CA that it knows");
    assertThat(
            TlsFailure.describe(
                "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA"))
        .isEqualTo("the worker does not know the CA of this side's certificate");
    assertThat(
            TlsFailure.describe(
                "error:1000042e:SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION"))
        .isEqualTo("the worker speaks other versions of TLS");
  }

  @Test
  void whatIsNotKnownKeepsItsWordsAlone() {
    assertThat(TlsFailure.describe("error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION"))
        .isEqualTo("wrong version");
    assertThat(TlsFailure.describe("No name matching node1 found"))
        .isEqualTo("No name matching node1 found");
  }

  @Test
  void sentenceNamesThePageThatHelps() {
    assertThat(
            Causes.describe(
                new SSLHandshakeException(
                    "PKIX path building failed: unable to find valid certification path to"
                        + " requested target")))
        .startsWith("TLS failed (no certification path leads from the worker's certificate")
        .contains("docs/SECURITY.md");
  }
}
