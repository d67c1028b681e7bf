// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxy on the way to a store, as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say, in
 * either case of letters.
 *
 * @param tls whether the way to the proxy itself is encrypted
 * @param user empty where it asks for none
 */
record ProxyRoute(String host, int port, boolean tls, String user, String password) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /** Never shows the password. */
  @Override
  public String toString() {
    return host + ":" + port;
  }

  /** The proxy for this address; empty for the direct way. */
  static Optional<ProxyRoute> to(URI address, Map<String, String> environment)
      throws ObjectException {
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    String proxy = variable(environment, scheme + "_proxy");
    if (proxy.isEmpty()) {
      proxy = variable(environment, "all_proxy");
    }
    if (proxy.isEmpty() || isExcepted(address, variable(environment, "no_proxy"))) {
      return Optional.empty();
    }
    return of(proxy.contains("://") ? proxy : "http://" + proxy);
  }

  private static Optional<ProxyRoute> of(String text) throws ObjectException {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      // Not its text: there may be a password in it.
      throw new ObjectException(Kind.MISCONFIGURED, "the variable of the proxy holds no address");
    }
    if (uri.getHost() == null) {
      throw new ObjectException(Kind.MISCONFIGURED, "the variable of the proxy holds no address");
    }
    boolean tls = "https".equalsIgnoreCase(uri.getScheme());
    String[] login =
        uri.getRawUserInfo() == null ? new String[0] : uri.getRawUserInfo().split(":", 2);
    int port = uri.getPort() >= 0 ? uri.getPort() : tls ? HTTPS : HTTP;
    return Optional.of(
        new ProxyRoute(
            uri.getHost(),
            port,
            tls,
            login.length > 0 ? decoded(login[0]) : "",
            login.length > 1 ? decoded(login[1]) : ""));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String variable(Map<String, String> environment, String name) {
    String small = environment.getOrDefault(name, "").strip();
    return small.isEmpty()
        ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "").strip()
        : small;
  }

  /** Names stand for themselves and what is below them; networks as ADDRESS/BITS. */
  private static boolean isExcepted(URI address, String exceptions) {
    String host = address.getHost().toLowerCase(Locale.ROOT).replaceAll("^\\[|\\]$", "");
    int port = address.getPort();
    for (String part : exceptions.toLowerCase(Locale.ROOT).split("[,\\s]+", -1)) {
      String name = part.replaceAll("^\\*?\\.", "");
      if (part.equals("*") || isAt(host, name) || isAt(host + ":" + port, name)) {
        return true;
      }
      if (name.contains("/") && isWithin(host, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAt(String host, String name) {
    return !name.isEmpty() && (host.equals(name) || host.endsWith("." + name));
  }

  private static boolean isWithin(String host, String network) {
    if (!host.matches("[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*")) {
      return false;
    }
    String[] both = network.split("/", 2);
    try {
      byte[] one = InetAddress.getByName(host).getAddress();
      byte[] base = InetAddress.getByName(both[0]).getAddress();
      int bits = Integer.parseInt(both[1]);
      boolean same = one.length == base.length && bits <= one.length * Byte.SIZE;
      for (int i = 0; same && i < bits; i++) {
        int mask = 0x80 >> (i % Byte.SIZE);
        same = (one[i / Byte.SIZE] & mask) == (base[i / Byte.SIZE] & mask);
      }
      return same;
    } catch (UnknownHostException | NumberFormatException e) {
      // Not a network: other programs leave such a part out too.
      return false;
    }
  }
}
