// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * For a service on the loopback address without a token: lets programs of this machine in, but no
 * web page that a browser of this machine shows. A page is recognised by its Origin header, or by
 * the Host header of the name that was made to lead here.
 */
public final class LocalGate implements HttpGate {
  @Override
  public void check(HttpRequest request) throws HttpException {
    if (request.header("origin").isPresent()) {
      throw new HttpException(403, "web pages may not use this service");
    }
    String host = host(request.header("host").orElse(""));
    if (!host.equals("localhost") && !host.equals("[::1]") && !host.matches("127\\.[0-9.]+")) {
      throw new HttpException(403, "this service is for http://localhost or 127.0.0.1 alone");
    }
  }

  private static String host(String header) {
    try {
      String host = new URI("http://" + header).getHost();
      return host == null ? "" : host.toLowerCase(Locale.ROOT);
    } catch (URISyntaxException e) {
      return "";
    }
  }
}
