// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.opendal.Operator;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** A real S3 server in this process, which checks signatures. */
final class S3Server implements AutoCloseable {
  static final String BUCKET = "dataset";
  static final String SECRET = "a-secret-that-nobody-sees";

  private final S3Proxy server;
  private final Operator operator;

  private S3Server(S3Proxy server) {
    this.server = server;
    this.operator = Operator.of("s3", location("/", Map.of()).options());
  }

  /**
   * Starts one with an empty bucket.
   *
   * @param directory where it keeps its objects
   */
  static S3Server start(Path directory) throws Exception {
    FilesystemNio2BlobStore files = new FilesystemNio2BlobStore(directory.toString());
    files.createContainer(BUCKET);
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(new Store(files))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, "railfs", SECRET)
            .build();
    server.start();
    return new S3Server(server);
  }

  /** A key below an object is no trouble of the server, as it is for a directory of files. */
  private static final class Store extends ForwardingBlobStore {
    private final BlobStore files;

    Store(BlobStore files) {
      super(files);
      this.files = files;
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
      try {
        return files.blobMetadata(request);
      } catch (RuntimeException e) {
        if (e.getCause() instanceof FileSystemException) {
          throw NoSuchKeyException.builder().statusCode(404).message("no such key").build();
        }
        throw e;
      }
    }
  }

  /** Where a UFS finds it; options given win. */
  StoreLocation location(String root, Map<String, String> given) {
    Map<String, String> options = new HashMap<>();
    options.put("endpoint", "http://127.0.0.1:" + server.getPort());
    options.put("region", "us-east-1");
    options.put("access_key_id", "railfs");
    options.put("secret_access_key", SECRET);
    options.putAll(given);
    return StoreLocation.of("s3://" + BUCKET + root, options);
  }

  void put(String key, byte[] content) {
    operator.write(key, content);
  }

  void remove(String key) {
    operator.delete(key);
  }

  @Override
  public void close() {
    operator.close();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the S3 server does not stop", e);
    }
  }
}
