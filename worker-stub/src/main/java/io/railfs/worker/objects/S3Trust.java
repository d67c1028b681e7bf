// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Pem;
import io.railfs.worker.objects.ObjectException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose certificates are believed: those of the JVM, of the system, of SSL_CERT_FILE and
 * AWS_CA_BUNDLE, and of the option ca_file.
 */
final class S3Trust {
  private static final Logger log = LoggerFactory.getLogger(S3Trust.class);

  /** Where distributions keep them; the first that is there counts. */
  private static final List<String> SYSTEM =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/ssl/cert.pem");

  private S3Trust() {}

  static TrustManager[] of(S3Options options) throws ObjectException {
    List<X509Certificate> found = new ArrayList<>();
    if (options.has("ca_file")) {
      try {
        found.addAll(Pem.certificates("ca_file", Path.of(options.of("ca_file"))));
      } catch (FabricException e) {
        throw new ObjectException(Kind.MISCONFIGURED, e.getMessage());
      }
    }
    List<String> others = new ArrayList<>();
    others.add(options.variable("SSL_CERT_FILE"));
    others.add(options.variable("AWS_CA_BUNDLE"));
    SYSTEM.stream()
        .filter(file -> Files.isReadable(Path.of(file)))
        .findFirst()
        .ifPresent(others::add);
    for (String file : others) {
      if (!file.isEmpty()) {
        try {
          found.addAll(Pem.certificates("the file of authorities", Path.of(file)));
        } catch (FabricException e) {
          log.warn("{}; its authorities are not believed", e.getMessage());
        }
      }
    }
    return managers(found);
  }

  private static TrustManager[] managers(List<X509Certificate> further) throws ObjectException {
    try {
      KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
      all.load(null, null);
      int count = 0;
      for (TrustManager manager : managers((KeyStore) null)) {
        if (manager instanceof X509TrustManager own) {
          for (X509Certificate certificate : own.getAcceptedIssuers()) {
            all.setCertificateEntry("jvm-" + count++, certificate);
          }
        }
      }
      for (X509Certificate certificate : further) {
        all.setCertificateEntry("more-" + count++, certificate);
      }
      return managers(all);
    } catch (GeneralSecurityException | IOException e) {
      throw new ObjectException(
          Kind.MISCONFIGURED, "the certificates of authorities cannot be read: " + e.getMessage());
    }
  }

  private static TrustManager[] managers(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
