// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.opendal.Operator;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** A real S3 server in this process, behind a wire that can be slow or dead. */
public final class ObjectStore implements AutoCloseable {
  public static final String BUCKET = "dataset";
  public static final String SECRET = "hush-this-is-secret";

  private final S3Proxy server;
  private final Operator operator;
  final SlowWire wire;

  private ObjectStore(S3Proxy server) throws Exception {
    this.server = server;
    this.operator = Operator.of("s3", options(server.getPort()));
    this.wire = new SlowWire(server.getPort());
  }

  /**
   * Starts one with an empty bucket.
   *
   * @param directory where it keeps its objects
   */
  public static ObjectStore start(Path directory) throws Exception {
    return start(directory, UnaryOperator.identity());
  }

  /**
   * The same with something between the server and its objects.
   *
   * @param view makes of the store of the objects the one that the server uses
   */
  static ObjectStore start(Path directory, UnaryOperator<BlobStore> view) throws Exception {
    FilesystemNio2BlobStore files = new FilesystemNio2BlobStore(directory.toString());
    files.createContainer(BUCKET);
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(view.apply(files))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, "railfs", SECRET)
            // S3Proxy answers 501 to x-amz-security-token otherwise.
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    return new ObjectStore(server);
  }

  private static Map<String, String> options(int port) {
    return Map.of(
        "bucket",
        BUCKET,
        "endpoint",
        "http://127.0.0.1:" + port,
        "region",
        "us-east-1",
        "access_key_id",
        "railfs",
        "secret_access_key",
        SECRET);
  }

  /** Where it listens on this machine, its wire left aside. */
  public int port() {
    return server.getPort();
  }

  /** Options for a worker's conf, which reaches the server over the wire. */
  String conf(String secret) {
    return conf("127.0.0.1:" + wire.port(), secret);
  }

  /** The same for a server that is reached elsewhere. */
  public static String conf(String endpoint, String secret) {
    return "{ endpoint = \"http://"
        + endpoint
        + "\", region = us-east-1, access_key_id = railfs, secret_access_key = \""
        + secret
        + "\" }";
  }

  public void put(String key, byte[] content) {
    operator.write(key, content);
  }

  void remove(String key) {
    operator.delete(key);
  }

  /** Puts the files of a tree below a prefix. */
  void putAll(Path root, String prefix) throws Exception {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      put(prefix + root.relativize(file), Files.readAllBytes(file));
    }
  }

  @Override
  public void close() {
    operator.close();
    wire.close();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the S3 server does not stop", e);
    }
  }
}
