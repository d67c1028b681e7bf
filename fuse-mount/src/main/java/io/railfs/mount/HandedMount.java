// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount;

/** A mount that another process makes or has made, and this one serves. */
public interface HandedMount {
  /**
   * Gets its /dev/fuse; called once, when the dataset can be read.
   *
   * @param source what the system is to show as the device
   * @return a descriptor that stays open until this process ends
   * @throws MountException where there is none
   */
  int descriptor(String source) throws MountException;
}
