// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.sdk;

import io.railfs.benchmarks.system.ProcessTimes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * {@code SdkReader URL BUCKET SERVER-PID REQUESTS RANGE WARM-DIRECTORY} and then the arguments of
 * reader.c: {@code seq STREAMS BLOCK KEY...} or {@code files JOBS SECONDS SEED LIST}. In the place
 * of reads of a block there are GETs of ranges, so many at once; whole objects are read by as many
 * requests as there are jobs.
 *
 * <p>Before it counts it does the same with the keys that WARM-DIRECTORY/seq or
 * WARM-DIRECTORY/files lists. It prints reader.c's line; processor time is that of this process and
 * of the server, as of what the server did before, for the warm pass, nothing may be counted.
 */
public final class SdkReader {
  private static final long WARM_SECONDS = 3;

  private final S3AsyncClient client;
  private final String bucket;
  private final long server;
  private final int requests;
  private final long range;
  private final Path warm;

  private SdkReader(S3AsyncClient client, String[] words) {
    this.client = client;
    bucket = words[1];
    server = Long.parseLong(words[2]);
    requests = Integer.parseInt(words[3]);
    range = Long.parseLong(words[4]);
    warm = Path.of(words[5]);
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    try (S3AsyncClient client = client(URI.create(words[0]), 64)) {
      List<String> task = List.of(words).subList(6, words.length);
      new SdkReader(client, words).run(task);
    }
  }

  /** As it comes, but for what finds the server. */
  private static S3AsyncClient client(URI endpoint, int connections) {
    return S3AsyncClient.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .forcePathStyle(true)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("railfs", "bench")))
        .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(connections))
        .build();
  }

  private void run(List<String> task) throws IOException, InterruptedException {
    boolean whole = task.get(0).equals("files");
    int streams = Integer.parseInt(task.get(1));
    int lanes = whole ? streams : requests;
    List<String> warmKeys = Files.readAllLines(warm.resolve(task.get(0)));
    List<Piece> warmPieces = whole ? whole(warmKeys, 1) : ranges(warmKeys, streams);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_SECONDS);
    while (System.nanoTime() - end < 0) {
      new Pump(client, bucket, warmPieces, WARM_SECONDS).run(lanes);
    }
    List<Piece> pieces =
        whole
            ? whole(Files.readAllLines(Path.of(task.get(4))), Long.parseLong(task.get(3)))
            : ranges(task.subList(3, task.size()), streams);
    count(pieces, whole ? Double.parseDouble(task.get(2)) : 1e3, lanes);
  }

  private void count(List<Piece> pieces, double seconds, int lanes)
      throws IOException, InterruptedException {
    double usedBefore = used();
    long began = System.nanoTime();
    Pump pump = new Pump(client, bucket, pieces, seconds);
    pump.run(lanes);
    double took = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "bytes=%d ops=%d seconds=%.6f cpu=%.6f%n",
        pump.bytes(),
        pump.operations(),
        took,
        used() - usedBefore);
  }

  private double used() {
    return ProcessTimes.secondsOf(ProcessHandle.current().pid()) + ProcessTimes.secondsOf(server);
  }

  private static List<Piece> whole(List<String> keys, long seed) {
    List<Piece> pieces = new ArrayList<>();
    keys.forEach(key -> pieces.add(Piece.whole(key)));
    if (seed != 0) {
      Collections.shuffle(pieces, new Random(seed));
    }
    return pieces;
  }

  /** Each key once, each stream a part of it, the streams side by side. */
  private List<Piece> ranges(List<String> keys, int streams) {
    List<Piece> pieces = new ArrayList<>();
    for (String key : keys) {
      long size = client.headObject(r -> r.bucket(bucket).key(key)).join().contentLength();
      long blocks = (size + range - 1) / range;
      for (long step = 0; step <= blocks / streams; step++) {
        for (int stream = 0; stream < streams; stream++) {
          long block = blocks * stream / streams + step;
          if (block < blocks * (stream + 1) / streams) {
            pieces.add(new Piece(key, block * range, Math.min(range, size - block * range)));
          }
        }
      }
    }
    return pieces;
  }
}
