// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

import io.railfs.mount.cache.Pages;
import java.util.List;

/**
 * Divides {@code railfs.mount.memory-limit} so that the whole process stays within it.
 *
 * <pre>
 *   limit = fixed (JVM code, class data, collector, libraries)
 *         + threads x (request buffer + reply buffer + stack)
 *         + network buffers
 *         + names that the kernel holds
 *         + heap (metadata, handles, objects)
 *         + page slab (the rest)
 * </pre>
 *
 * <p>The fixed part was measured: docs/adr/0002 has the figures.
 *
 * @param heap bytes of Java heap
 * @param network bytes of network buffers
 * @param names bytes of the table of nodes
 * @param slab bytes of page slab
 * @param rdma bytes of registered memory
 */
public record MemoryPlan(long heap, long network, long names, long slab, long rdma) {
  private static final long MIB = 1 << 20;
  private static final long FIXED = 128 * MIB;

  /** Request and reply buffers of 132 KiB each, and a stack of 512 KiB. */
  private static final long PER_THREAD = MIB;

  private static final long MIN_NAMES = 8 * MIB;
  private static final long MAX_NAMES = 4096 * MIB;

  /**
   * Bytes of heap of an open file: measured, with its place in the table, its attributes, and, once
   * it is read, its path and key.
   */
  private static final int BYTES_PER_HANDLE = 600;

  /** Bytes of heap of what reads ahead of an open file. */
  private static final int BYTES_PER_PREFETCHER = 2000;

  private static final long MIN_HEAP = 64 * MIB;
  private static final long MAX_HEAP = 8192 * MIB;

  /** What aligning registered memory takes, a page for each piece of it. */
  private static final long RDMA_PAGES = MIB;

  private static final long MIN_NETWORK = 32 * MIB;
  private static final long MAX_NETWORK = 256 * MIB;

  /**
   * Heaps smaller than this are collected faster by one thread, and their collector needs no memory
   * of its own.
   */
  private static final long SMALL_HEAP = 256 * MIB;

  /** Divides the limit of these settings. */
  public static MemoryPlan of(MountSettings settings) {
    return of(settings.memoryLimit(), settings.threads(), settings.rdmaMemory());
  }

  static MemoryPlan of(long wholeLimit, int threads, long rdma) {
    long limit = wholeLimit - rdma;
    long network = clamp(limit / 16, MIN_NETWORK, MAX_NETWORK);
    long spare = Math.max(0, limit - minLimit(threads));
    long names = clamp(limit / 8, MIN_NAMES, Math.min(MAX_NAMES, MIN_NAMES + spare / 2));
    long rest = limit - FIXED - threads * PER_THREAD - network - names;
    long heap = clamp(heap(limit), MIN_HEAP, Math.max(MIN_HEAP, rest - minSlab(threads)));
    long slab = rest - heap;
    return new MemoryPlan(heap, network, names, slab / Pages.SIZE * Pages.SIZE, rdma);
  }

  /** A quarter of a small limit, so that a listing of a million entries fits into 512 MiB. */
  private static long heap(long limit) {
    return clamp(limit / 6, Math.min(limit / 4, SMALL_HEAP), MAX_HEAP);
  }

  /** The smallest limit that leaves a page slab worth having. */
  static long minLimit(int threads) {
    return FIXED + threads * PER_THREAD + MIN_NETWORK + MIN_NAMES + MIN_HEAP + minSlab(threads);
  }

  /** Twice what readers hold at a time, so that there is a cache beside it. */
  private static long minSlab(int threads) {
    return 2L * heldPages(threads) * Pages.SIZE;
  }

  /**
   * Pages that all reads together hold at a time: each thread reads at most 1 MiB, which touches
   * nine pages, and a read without a thread holds one.
   */
  public static int heldPages(int threads) {
    return threads * 9 + asyncReads(threads);
  }

  /** Reads that are answered later, by no thread of the mount, at a time. */
  public static int asyncReads(int threads) {
    return 2 * threads;
  }

  /** Bytes of heap for attributes of single paths. */
  public long attributes() {
    return heap / 8;
  }

  /**
   * Bytes of heap for listings, cached and open. The rest is for what lives shortly, for the page
   * cache's index, and for what the collector needs free.
   */
  public long listings() {
    return heap / 5 * 2;
  }

  /** Files that may be open at a time, and as many directories: a sixth of the heap. */
  public int openHandles() {
    return (int) Math.min(1 << 24, heap / 6 / BYTES_PER_HANDLE);
  }

  /** What the JVM must be started with. */
  public List<String> jvmFlags() {
    long direct = rdma == 0 ? 0 : rdma + RDMA_PAGES;
    return List.of(
        "-Xms" + Math.min(heap, MIN_HEAP) / MIB + "m",
        "-Xmx" + heap / MIB + "m",
        "-XX:MaxDirectMemorySize=" + (slab + network + names + direct) / MIB + "m",
        "-Dio.netty.maxDirectMemory=" + network,
        "-XX:ReservedCodeCacheSize=48m",
        "-XX:MaxMetaspaceSize=64m",
        "-Xss512k",
        heap < SMALL_HEAP ? "-XX:+UseSerialGC" : "-XX:+UseG1GC");
  }

  /**
   * Files whose order of reading is remembered under this limit: at 150 bytes each a 32nd of the
   * heap, which becomes up to a 16th by rounding.
   */
  static int history(long limit) {
    return (int) (clamp(limit / 6, MIN_HEAP, MAX_HEAP) / 32 / 150);
  }

  /** Open files that are read ahead of at a time under this limit: a 16th of the heap. */
  static int prefetchers(long limit) {
    return (int) (clamp(limit / 6, MIN_HEAP, MAX_HEAP) / 16 / BYTES_PER_PREFETCHER);
  }

  private static long clamp(long value, long min, long max) {
    return Math.max(min, Math.min(max, value));
  }
}
