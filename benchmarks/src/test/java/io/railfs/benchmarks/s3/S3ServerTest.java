// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The server of the benches, as the SDK sees it. */
final class S3ServerTest {
  private static final String BUCKET = "bench";

  /** More than what is copied with the headers. */
  private static final int LARGE = 300_000;

  @TempDir private Path temporary;
  private Path directory;
  private S3Server server;
  private S3AsyncClient client;

  @BeforeEach
  void start() throws Exception {
    directory = Files.createDirectory(temporary.resolve("bucket"));
    server = S3Server.start(directory, BUCKET, 0);
    client =
        S3AsyncClient.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + server.port()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "key")))
            // One connection: each request but the first finds out whether it is still good.
            .httpClient(NettyNioAsyncHttpClient.builder().maxConcurrency(1).build())
            .overrideConfiguration(override -> override.apiCallTimeout(Duration.ofSeconds(60)))
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private byte[] write(String key, int size) throws Exception {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    Path file = directory.resolve(key);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    return bytes;
  }

  private byte[] get(String key, String range, String etag) {
    GetObjectRequest request =
        GetObjectRequest.builder().bucket(BUCKET).key(key).range(range).ifMatch(etag).build();
    return client.getObject(request, AsyncResponseTransformer.toBytes()).join().asByteArray();
  }

  private static int status(Throwable failure) {
    return ((S3Exception) failure.getCause()).statusCode();
  }

  @Test
  void bodiesOfAnySizeAndPartsOfThemAreThoseOfTheFile() throws Exception {
    byte[] large = write("large", LARGE);
    byte[] small = write("small", 1000);
    write("empty", 0);
    assertThat(get("large", null, null)).isEqualTo(large);
    assertThat(get("small", null, null)).isEqualTo(small);
    assertThat(get("empty", null, null)).isEmpty();
    assertThat(get("large", "bytes=1-200000", null))
        .isEqualTo(Arrays.copyOfRange(large, 1, 200_001));
    assertThat(get("large", "bytes=299990-", null))
        .isEqualTo(Arrays.copyOfRange(large, 299_990, LARGE));
    assertThat(get("large", "bytes=-7", null))
        .isEqualTo(Arrays.copyOfRange(large, LARGE - 7, LARGE));
    assertThat(get("small", "bytes=990-5000", null))
        .isEqualTo(Arrays.copyOfRange(small, 990, 1000));
    assertThatThrownBy(() -> get("small", "bytes=1000-", null))
        .isInstanceOf(CompletionException.class)
        .satisfies(failure -> assertThat(status(failure)).isEqualTo(416));
  }

  @Test
  void headTellsWhatGetBringsAndAChangedObjectIs412() throws Exception {
    write("f", LARGE);
    HeadObjectResponse head = client.headObject(r -> r.bucket(BUCKET).key("f")).join();
    assertThat(head.contentLength()).isEqualTo(LARGE);
    S3Object listed = list(10, null, null).get(0).contents().get(0);
    assertThat(listed.eTag()).isEqualTo(head.eTag());
    assertThat(listed.lastModified()).isEqualTo(head.lastModified());
    assertThat(get("f", "bytes=0-9", head.eTag())).hasSize(10);
    // Another file of the same size that takes its name, as a rename does.
    write("g", LARGE);
    Files.setLastModifiedTime(
        directory.resolve("g"), Files.getLastModifiedTime(directory.resolve("f")));
    Files.move(directory.resolve("g"), directory.resolve("f"), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> get("f", "bytes=0-9", head.eTag()))
        .satisfies(failure -> assertThat(status(failure)).isEqualTo(412));
  }

  @Test
  void namesThatAreNoFilesAreNoKeys() throws Exception {
    write("d/f", 1);
    Files.writeString(temporary.resolve("outside"), "secret");
    for (String key : List.of("d", "d/", "d/f/g", "g", "d//f", "d/../d/f", "../outside")) {
      assertThatThrownBy(() -> client.headObject(r -> r.bucket(BUCKET).key(key)).join())
          .as(key)
          .hasCauseInstanceOf(NoSuchKeyException.class);
    }
  }

  /** All pages. */
  private List<ListObjectsV2Response> list(int most, String prefix, String delimiter) {
    List<ListObjectsV2Response> pages = new ArrayList<>();
    ListObjectsV2Request.Builder request =
        ListObjectsV2Request.builder()
            .bucket(BUCKET)
            .maxKeys(most)
            .prefix(prefix)
            .delimiter(delimiter);
    do {
      pages.add(client.listObjectsV2(request.build()).join());
      request.continuationToken(pages.get(pages.size() - 1).nextContinuationToken());
    } while (pages.get(pages.size() - 1).isTruncated());
    return pages;
  }

  private static List<String> keys(List<ListObjectsV2Response> pages) {
    return pages.stream().flatMap(page -> page.contents().stream()).map(S3Object::key).toList();
  }

  private static List<String> groups(List<ListObjectsV2Response> pages) {
    return pages.stream()
        .flatMap(page -> page.commonPrefixes().stream())
        .map(CommonPrefix::prefix)
        .toList();
  }

  @Test
  void pagesHaveEachKeyOnceInTheOrderOfUtf8() throws Exception {
    // A slash lies between '-' and '0'; a char of two surrogates lies behind all others in UTF-8.
    List<String> keys =
        List.of("a", "b-", "b/1", "b/2/x", "b/2/y", "b/3", "b0", "c/z", "d\uFF21", "d\uD83D\uDE00");
    for (String key : keys) {
      write(key, 1);
    }
    Files.createDirectories(directory.resolve("empty/too"));
    for (int most = 1; most <= keys.size() + 1; most++) {
      List<ListObjectsV2Response> pages = list(most, null, null);
      assertThat(keys(pages)).as("%d a page", most).containsExactlyElementsOf(keys);
      assertThat(pages).hasSize((keys.size() + most - 1) / most);
      assertThat(groups(list(most, null, "/"))).containsExactly("b/", "c/");
      assertThat(keys(list(most, null, "/")))
          .containsExactly("a", "b-", "b0", "d\uFF21", "d\uD83D\uDE00");
      assertThat(keys(list(most, "b/", "/"))).containsExactly("b/1", "b/3");
      assertThat(groups(list(most, "b/", "/"))).containsExactly("b/2/");
      assertThat(keys(list(most, "b/2", null))).containsExactly("b/2/x", "b/2/y");
    }
    assertThat(keys(list(5, "nothing/", "/"))).isEmpty();
  }

  @Test
  void theFirstVersionOfListingsGoesOnBehindItsMarker() throws Exception {
    for (String key : List.of("a/1", "b", "c/1", "d")) {
      write(key, 1);
    }
    List<String> seen = new ArrayList<>();
    String marker = null;
    do {
      String from = marker;
      ListObjectsResponse page =
          client.listObjects(r -> r.bucket(BUCKET).delimiter("/").maxKeys(1).marker(from)).join();
      page.contents().forEach(object -> seen.add(object.key()));
      page.commonPrefixes().forEach(group -> seen.add(group.prefix()));
      marker = page.isTruncated() ? page.nextMarker() : null;
    } while (marker != null);
    assertThat(seen).containsExactly("a/", "b", "c/", "d");
  }

  @Test
  void keysThatNeedEncodingAreListedAndReadAsTheyAre() throws Exception {
    List<String> keys = List.of("a b", "a%2Fb", "a&b<c>\"'", "a+b", "a=?#:;@", "ä/ö ü.txt");
    for (String key : keys) {
      write(key, 3);
    }
    assertThat(keys(list(2, null, null))).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(keys(list(2, "ä/ö ", "/"))).containsExactly("ä/ö ü.txt");
    for (String key : keys) {
      assertThat(get(key, null, null)).as(key).hasSize(3);
    }
  }
}
