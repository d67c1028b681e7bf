// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import io.railfs.benchmarks.system.Daemon;
import io.railfs.benchmarks.system.MountPoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** s3fs or rclone on the S3 server, without a cache on the disk, which neither has by default. */
final class S3Mount extends Mounted {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final ObjectServer server;

  S3Mount(Site site, String name, ObjectServer server) {
    super(site, name);
    this.server = server;
  }

  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  void startServers() throws BenchException, InterruptedException {
    server.start();
  }

  @Override
  Daemon startClient(MountPoint at) throws BenchException, InterruptedException {
    String where = at.path().toString();
    List<String> words = name().equals("s3fs") ? s3fs(where) : rclone(where);
    return Daemon.start(name(), site.log(name()), Map.of(), words);
  }

  private List<String> s3fs(String at) throws BenchException, InterruptedException {
    Path keys = Site.write(site.directory("s3fs").resolve("keys"), "railfs:bench\n");
    Command.run(LIMIT, List.of("chmod", "600", keys.toString()));
    String options =
        "ro,use_path_request_style,url=%s,passwd_file=%s".formatted(server.url(), keys);
    return List.of("s3fs", ObjectServer.BUCKET, at, "-f", "-o", options);
  }

  private List<String> rclone(String at) {
    String remote =
        ":s3,provider=Other,region=us-east-1,access_key_id=railfs,secret_access_key=bench,endpoint='%s':%s"
            .formatted(server.url(), ObjectServer.BUCKET);
    // rclone refuses to start where a bundle of certificates is named in the environment.
    return List.of(
        "env",
        "-u",
        "AWS_CA_BUNDLE",
        "rclone",
        "mount",
        "--config",
        "/dev/null",
        "--read-only",
        remote,
        at);
  }

  @Override
  double serverSeconds() {
    return server.processorSeconds();
  }

  @Override
  public String setUp() {
    return "on the S3 server of the benches on loopback TCP, no cache on the disk, settings as they come";
  }
}
