package io.railfs.client;

import io.railfs.protocol.messages.HelloRequest;

/** How this process introduces itself to a worker. */
final class Identity {
  static final HelloRequest HELLO =
      HelloRequest.newBuilder().setSoftwareVersion(version()).setClient(client()).build();

  private Identity() {}

  private static String version() {
    String version = Identity.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static String client() {
    String host = System.getenv("HOSTNAME");
    return (host == null || host.isEmpty() ? "" : host + ":") + ProcessHandle.current().pid();
  }
}
