// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.service;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckReply;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.FreeReply;
import io.railfs.protocol.messages.LoadReply;
import io.railfs.protocol.messages.PinReply;
import io.railfs.protocol.messages.UnpinReply;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.ufs.UfsException;
import java.util.List;
import java.util.function.Consumer;

/** LOAD, FREE, CHECK, PIN and UNPIN: from messages to the store and back. Thread-safe. */
final class BlockRequests {
  private static final int MAX_BLOCKS = 4_096;

  private final BlockAdmin admin;
  private final int blockSize;

  BlockRequests(BlockAdmin admin, int blockSize) {
    this.admin = requireNonNull(admin, "admin is null");
    this.blockSize = blockSize;
  }

  /**
   * Blocks that a client names, checked.
   *
   * @param indexes in the file; the message's own list, which nobody changes and which takes four
   *     bytes for each
   */
  record Blocks(FileId file, List<Integer> indexes) {

    RailPath path() {
      return file.path();
    }
  }

  Blocks blocks(BlockSet set) throws ProtocolException {
    FileVersion version = FileVersion.of(set.getVersion());
    if (version.size() < 0 || version.etag().length() > FileVersion.MAX_ETAG_LENGTH) {
      throw invalid("the version is not valid");
    }
    if (set.getBlocksCount() < 1 || set.getBlocksCount() > MAX_BLOCKS) {
      throw invalid(set.getBlocksCount() + " blocks are not from 1 to " + MAX_BLOCKS);
    }
    FileId file = file(RailPath.of(set.getPath()), version);
    long count = version.size() / blockSize + (version.size() % blockSize == 0 ? 0 : 1);
    for (int index : set.getBlocksList()) {
      if (index < 0 || index >= count) {
        throw invalid("block " + index + " is not inside the file");
      }
    }
    return new Blocks(file, set.getBlocksList());
  }

  private FileId file(RailPath path, FileVersion version) throws ProtocolException {
    try {
      return admin.file(path, version);
    } catch (UfsException e) {
      throw new ProtocolException(e.code(), e.getMessage());
    }
  }

  private static ProtocolException invalid(String sentence) {
    return new ProtocolException(ErrorCode.INVALID_REQUEST, sentence);
  }

  /** Starts to load; one of the two is called when all blocks have their end. */
  void load(Blocks blocks, boolean pin, Consumer<MessageLite> done, Consumer<UfsException> failed) {
    LoadCall call = new LoadCall(blocks.indexes().size(), done, failed);
    blocks.indexes().forEach(index -> admin.load(blocks.file(), index, pin, call));
  }

  MessageLite free(Blocks blocks) {
    FreeReply.Builder reply = FreeReply.newBuilder();
    for (int index : blocks.indexes()) {
      switch (admin.free(blocks.file(), index)) {
        case FREED -> {
          reply.setFreedBlocks(reply.getFreedBlocks() + 1);
          reply.setFreedBytes(reply.getFreedBytes() + BlockAdmin.length(blocks.file(), index));
        }
        case PINNED -> reply.setPinnedBlocks(reply.getPinnedBlocks() + 1);
        case ABSENT -> {
          // Counted nowhere.
        }
      }
    }
    return reply.build();
  }

  MessageLite check(Blocks blocks) {
    CheckReply.Builder reply = CheckReply.newBuilder();
    for (int index : blocks.indexes()) {
      BlockAdmin.BlockState state = admin.check(blocks.file(), index);
      if (state.cached()) {
        reply.addCachedBlocks(index);
        reply.setCachedBytes(reply.getCachedBytes() + BlockAdmin.length(blocks.file(), index));
      }
      if (state.pinned()) {
        reply.addPinnedBlocks(index);
      }
    }
    return reply.build();
  }

  MessageLite pin(Blocks blocks) throws UfsException {
    PinReply.Builder reply = PinReply.newBuilder();
    for (int index : blocks.indexes()) {
      switch (admin.pin(blocks.file(), index)) {
        case PINNED -> {
          reply.setPinnedBlocks(reply.getPinnedBlocks() + 1);
          reply.setPinnedBytes(reply.getPinnedBytes() + BlockAdmin.length(blocks.file(), index));
        }
        case ABSENT -> reply.setAbsentBlocks(reply.getAbsentBlocks() + 1);
        case NO_SPACE -> throw BlockAdmin.noSpace();
      }
    }
    return reply.build();
  }

  MessageLite unpin(Blocks blocks) {
    int unpinned = 0;
    for (int index : blocks.indexes()) {
      unpinned += admin.unpin(blocks.file(), index) ? 1 : 0;
    }
    return UnpinReply.newBuilder().setUnpinnedBlocks(unpinned).build();
  }

  MessageLite unpinAll() {
    return UnpinReply.newBuilder().setUnpinnedBlocks(admin.unpinAll()).build();
  }

  /** The loads of one request; the last one to end answers. */
  private static final class LoadCall implements BlockAdmin.LoadWaiter {
    private final LoadReply.Builder reply = LoadReply.newBuilder();
    private final Consumer<MessageLite> done;
    private final Consumer<UfsException> failed;
    private int left;
    private UfsException failure;

    LoadCall(int blocks, Consumer<MessageLite> done, Consumer<UfsException> failed) {
      this.left = blocks;
      this.done = done;
      this.failed = failed;
    }

    @Override
    public void done(BlockAdmin.Loaded how, int bytes) {
      synchronized (this) {
        switch (how) {
          case LOADED -> {
            reply.setLoadedBlocks(reply.getLoadedBlocks() + 1);
            reply.setLoadedBytes(reply.getLoadedBytes() + bytes);
          }
          case PRESENT -> {
            reply.setPresentBlocks(reply.getPresentBlocks() + 1);
            reply.setPresentBytes(reply.getPresentBytes() + bytes);
          }
          case UNSTORED -> {
            reply.setUnstoredBlocks(reply.getUnstoredBlocks() + 1);
            reply.setUnstoredBytes(reply.getUnstoredBytes() + bytes);
          }
        }
      }
      ended(null);
    }

    @Override
    public void failed(UfsException cause) {
      ended(cause);
    }

    private void ended(UfsException cause) {
      synchronized (this) {
        failure = failure == null ? cause : failure;
        if (--left > 0) {
          return;
        }
      }
      if (failure == null) {
        done.accept(reply.build());
      } else {
        failed.accept(failure);
      }
    }
  }
}
