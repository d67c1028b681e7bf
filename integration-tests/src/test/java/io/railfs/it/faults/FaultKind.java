// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it.faults;

/** The kinds, as the scoreboard names them. */
enum FaultKind {
  WORKER_KILLED("worker killed (kill -9), started again"),
  WORKER_STOPPED("worker stopped (SIGSTOP), goes on"),
  ALL_STOPPED("all workers stopped (SIGSTOP) for longer than the deadline, go on"),
  RAIL_CUT("link of a rail down and up"),
  RAIL_SILENT("all packets of a rail lost, its link up"),
  RAIL_LOSSY("a fifth of a rail's packets lost"),
  RAIL_SLOW("rail slowed down to 8 Mbit/s"),
  WIRE_FLIPS("bytes changed on the wire, checksums of TCP passed by"),
  BLOCKS_DAMAGED("block files flipped, cut, overwritten"),
  DISK_FULL("store directory full"),
  DISK_READ_ONLY("store directory read-only"),
  UFS_SLOW("object store slow"),
  UFS_HANGS("object store takes requests and says nothing"),
  UFS_FAILS("object store refuses connections"),
  UFS_REFUSES("object store answers 503 or 403"),
  UFS_UNMOUNTED("file system of the dataset unmounted under the workers, mounted again"),
  DATASET_SWAPPED("another dataset of equal names, sizes and times under the same stores"),
  UFS_CHANGED("files and objects replaced"),
  ETCD_STOPPED("etcd killed, started again"),
  CLOCK_JUMPED("wall clock of a worker jumps"),
  CROWD("more programs at a time than the mount has threads"),
  MOUNT_KILLED("mount killed (kill -9), supervised");

  private final String text;

  FaultKind(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
