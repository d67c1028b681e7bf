// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import io.railfs.protocol.messages.DirectoryState;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StoreDirectory;
import io.railfs.worker.store.disk.DirectoryStatus;
import java.util.List;

/** What STATUS reports of the directories of the store. */
final class DirectoryReport {
  private DirectoryReport() {}

  /** Adds each directory, and the sums over all. */
  static void addTo(StatusReply.Builder reply, List<DirectoryStatus> directories) {
    for (DirectoryStatus directory : directories) {
      reply
          .setCapacityBytes(reply.getCapacityBytes() + directory.capacityBytes())
          .setUsedBytes(reply.getUsedBytes() + directory.usedBytes())
          .setBlocks(reply.getBlocks() + directory.blocks())
          .setPinnedBytes(reply.getPinnedBytes() + directory.pinnedBytes())
          .setPinnedBlocks(reply.getPinnedBlocks() + directory.pinnedBlocks())
          .addDirectories(message(directory));
    }
  }

  private static StoreDirectory message(DirectoryStatus directory) {
    return StoreDirectory.newBuilder()
        .setPath(directory.path())
        .setCapacityBytes(directory.capacityBytes())
        .setUsedBytes(directory.usedBytes())
        .setBlocks(directory.blocks())
        .setState(state(directory.state()))
        .setLastError(directory.lastError())
        .setWriteFailures(directory.writeFailures())
        .setReadFailures(directory.readFailures())
        .setPinnedBytes(directory.pinnedBytes())
        .setScanning(directory.scanning())
        .build();
  }

  private static DirectoryState state(DirectoryStatus.State state) {
    return switch (state) {
      case HEALTHY -> DirectoryState.HEALTHY;
      case NO_WRITES -> DirectoryState.NO_WRITES;
      case AWAY -> DirectoryState.AWAY;
    };
  }
}
