// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class OpenVersionsTest {
  private static final long NODE = 7;
  private static final Attributes ATTRIBUTES =
      new Attributes(EntryType.REGULAR, 0644, 0, 0, 1, 1, 1, "", ByteString.EMPTY);

  private final AtomicInteger handles = new AtomicInteger(1);
  private final AtomicInteger searches = new AtomicInteger();
  private final AtomicReference<Runnable> afterSearch = new AtomicReference<>(() -> {});
  private final OpenVersions versions = new OpenVersions(this::search, node -> handles.get());

  private Attributes search(long node) {
    searches.incrementAndGet();
    Attributes found = handles.get() > 0 ? ATTRIBUTES : null;
    afterSearch.get().run();
    return found;
  }

  private void close() {
    handles.decrementAndGet();
    versions.removeIfClosed(NODE);
  }

  @Test
  void aVersionIsLookedForOnceAndRememberedUntilItsLastHandleIsClosed() {
    handles.set(2);
    assertThat(versions.of(NODE)).isEqualTo(ATTRIBUTES);
    close();
    assertThat(versions.of(NODE)).isEqualTo(ATTRIBUTES);
    assertThat(searches).hasValue(1);
    close();
    assertThat(versions.size()).isZero();
    assertThat(versions.of(NODE)).isNull();
  }

  @Test
  void aVersionWhoseLastHandleIsClosedWhileItIsLookedForIsNotRemembered() {
    afterSearch.set(this::close);
    assertThat(versions.of(NODE)).isEqualTo(ATTRIBUTES);
    assertThat(versions.size()).isZero();
  }
}
