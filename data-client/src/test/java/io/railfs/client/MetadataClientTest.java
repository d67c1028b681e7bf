// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.railfs.client.ClusterException.Failure;
import io.railfs.client.MetadataSource.Space;
import io.railfs.protocol.messages.DirectoryEntry;
import io.railfs.protocol.messages.ListReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MetadataClientTest extends ClusterTestBase {
  private final FakeWorker worker = worker("w1");

  @Test
  void statTellsTheAttributes() throws Exception {
    worker.file(PATH, 5L << 30);
    MetadataSource metadata = connect("", worker).metadata();
    assertThat(metadata.stat(path(PATH), in(AMPLE))).isEqualTo(worker.files.get(PATH));
  }

  @Test
  void missingPathIsNotFoundAtOnce() throws Exception {
    MetadataSource metadata = connect("", worker).metadata();
    ClusterException cause = failure(() -> metadata.stat(path("/none"), in(AMPLE)));
    assertThat(cause.failure()).isEqualTo(Failure.NOT_FOUND);
    assertThat(cause).hasMessageContaining("STAT of /none failed: worker 127.0.0.1:");
    assertThat(worker.stats).hasValue(1);
  }

  @Test
  void spaceAndExtendedAttributesCome() throws Exception {
    MetadataSource metadata = connect("", worker).metadata();
    assertThat(metadata.space(in(AMPLE))).isEqualTo(new Space(30, 20, 10));
    assertThat(metadata.xattrs(path(PATH), in(AMPLE)))
        .containsOnly(
            java.util.Map.entry(
                ByteString.copyFromUtf8("user.label"), ByteString.copyFromUtf8("cat")));
  }

  @Test
  void listingInSeveralRepliesIsToldInOrder() throws Exception {
    fill(20, 500);
    assertThat(list(connect("", worker))).isEqualTo(names(20 * 500));
  }

  @Test
  void emptyDirectoryHasNoEntries() throws Exception {
    worker.listing.add(ListReply.getDefaultInstance());
    assertThat(list(connect("", worker))).isEmpty();
  }

  @Test
  void listingThatBreaksOffStartsAnewAndTellsEveryEntry() throws Exception {
    fill(20, 50);
    worker.brokenMetadataAnswers = 3;
    List<String> listed = list(connect("", worker));
    assertThat(listed.stream().distinct()).isEqualTo(names(20 * 50));
    assertThat(listed.subList(listed.size() - 20 * 50, listed.size())).isEqualTo(names(20 * 50));
    assertThat(worker.listings).hasValue(4);
  }

  @Test
  void listingThatItsConsumerGivesUpEndsInThatFailureAndTheConnectionGoesOn() throws Exception {
    fill(20, 500);
    worker.file(PATH, 1);
    MetadataSource metadata = connect("", worker).metadata();
    List<String> listed = new ArrayList<>();
    ClusterException cause =
        failure(
            () ->
                metadata.list(
                    path("/directory"),
                    (name, attributes) -> {
                      if (listed.size() == 700) {
                        throw new ClusterException(Failure.IO, "enough");
                      }
                      listed.add(name.toStringUtf8());
                    },
                    Duration.ofMillis(AMPLE)));
    assertThat(cause).hasMessage("enough");
    assertThat(metadata.stat(path(PATH), in(AMPLE)).size()).isEqualTo(1);
    assertThat(listed).isEqualTo(names(700));
  }

  @Test
  void listingThatKeepsComingMayTakeLongerThanItsPatience() throws Exception {
    fill(8, 10);
    worker.pauseBetweenParts = Duration.ofMillis(500);
    List<String> listed = new ArrayList<>();
    // The timeout, like an attempt, must outlast a pause by much: on a busy machine pauses are
    // longer
    // than asked for.
    connect("", worker)
        .metadata()
        .list(
            path("/directory"),
            (name, attributes) -> listed.add(name.toStringUtf8()),
            Duration.ofSeconds(3));
    assertThat(listed.stream().distinct()).isEqualTo(names(80));
    assertThat(listed.subList(listed.size() - 80, listed.size())).isEqualTo(names(80));
  }

  @Test
  void listingThatStopsComingEndsWhenPatienceDoes() throws Exception {
    MetadataSource metadata = connect(BRIEF_ATTEMPTS, worker).metadata();
    worker.freeze();
    long start = System.nanoTime();
    ClusterException cause =
        failure(
            () ->
                metadata.list(path("/directory"), (name, attributes) -> {}, Duration.ofSeconds(1)));
    assertThat(cause.failure()).isEqualTo(Failure.DEADLINE);
    assertThat(System.nanoTime() - start)
        .isBetween(TimeUnit.MILLISECONDS.toNanos(900), TimeUnit.SECONDS.toNanos(15));
  }

  @Test
  void lostConnectionIsRetriedUntilTheWorkerAnswers() throws Exception {
    worker.file(PATH, 1);
    worker.brokenMetadataAnswers = 3;
    MetadataSource metadata = connect("", worker).metadata();
    assertThat(metadata.stat(path(PATH), in(AMPLE)).size()).isEqualTo(1);
    assertThat(worker.stats).hasValue(4);
  }

  @Test
  void otherWorkerAnswersForAFrozenOne() throws Exception {
    FakeWorker two = worker("w2");
    Cluster cluster = connect(BRIEF_ATTEMPTS, worker, two);
    worker.freeze();
    for (int i = 0; i < 32; i++) {
      two.file("/f" + i, i);
      assertThat(cluster.metadata().stat(path("/f" + i), in(AMPLE)).size()).isEqualTo(i);
    }
  }

  @Test
  void frozenWorkerMeansDeadline() throws Exception {
    MetadataSource metadata = connect(BRIEF_ATTEMPTS, worker).metadata();
    worker.freeze();
    long deadline = in(1_000);
    ClusterException cause = failure(() -> metadata.stat(path(PATH), deadline));
    assertThat(System.nanoTime() - deadline).isBetween(0L, TimeUnit.SECONDS.toNanos(5));
    assertThat(cause.failure()).isEqualTo(Failure.DEADLINE);
    assertThat(cause).hasMessageContaining("STAT of " + PATH).hasMessageContaining("127.0.0.1:");
  }

  @Test
  void closeEndsWhoWaits() throws Exception {
    Cluster cluster = connect("", worker);
    worker.freeze();
    CompletableFuture<ClusterException> waiting =
        CompletableFuture.supplyAsync(
            () -> failure(() -> cluster.metadata().stat(path(PATH), in(30_000))));
    cluster.close();
    assertThat(end(waiting).failure()).isEqualTo(Failure.CLOSED);
  }

  private static ClusterException end(CompletableFuture<ClusterException> waiting)
      throws InterruptedException, ExecutionException, java.util.concurrent.TimeoutException {
    return waiting.get(20, TimeUnit.SECONDS);
  }

  private void fill(int replies, int entries) {
    for (int i = 0; i < replies; i++) {
      ListReply.Builder reply = ListReply.newBuilder();
      names(replies * entries)
          .subList(i * entries, (i + 1) * entries)
          .forEach(
              name ->
                  reply.addEntries(
                      DirectoryEntry.newBuilder().setName(ByteString.copyFromUtf8(name))));
      worker.listing.add(reply.build());
    }
  }

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "entry-" + i).toList();
  }

  private static List<String> list(Cluster cluster) throws ClusterException {
    List<String> names = new ArrayList<>();
    cluster
        .metadata()
        .list(
            path("/directory"),
            (name, attributes) -> names.add(name.toStringUtf8()),
            Duration.ofMillis(AMPLE));
    return names;
  }

  private static ClusterException failure(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return catchThrowableOfType(ClusterException.class, call);
  }
}
