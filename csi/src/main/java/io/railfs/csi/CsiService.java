// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi;

/** What a process of the driver does. */
public enum CsiService {
  /** Publishes volumes on its machine. */
  NODE("node"),
  /** Answers CreateVolume and DeleteVolume. */
  CONTROLLER("controller"),
  /** Watches claims and makes their volumes. */
  PROVISIONER("provisioner");

  private final String label;

  CsiService(String label) {
    this.label = label;
  }

  /** The word in the conf file. */
  String label() {
    return label;
  }
}
