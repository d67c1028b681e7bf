// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.Cleaner;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class when a Netty buffer was collected without having been released. */
final class Leaks implements BeforeAllCallback, AfterAllCallback {
  private static final Queue<String> found = new ConcurrentLinkedQueue<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    assertThat(ResourceLeakDetector.isEnabled()).isTrue();
    ByteBufUtil.setLeakListener((type, records) -> found.add(type + records));
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    collectGarbage();
    // The detector reports when the next buffer is made.
    for (int i = 0; i < 10; i++) {
      ByteBuf probe = PooledByteBufAllocator.DEFAULT.directBuffer(1);
      probe.release();
    }
    assertThat(found).isEmpty();
  }

  private static void collectGarbage() throws InterruptedException {
    CountDownLatch collected = new CountDownLatch(1);
    Cleaner.create().register(new Object(), collected::countDown);
    for (int i = 0; i < 50 && !collected.await(100, TimeUnit.MILLISECONDS); i++) {
      System.gc();
    }
    assertThat(collected.getCount()).isZero();
  }
}
