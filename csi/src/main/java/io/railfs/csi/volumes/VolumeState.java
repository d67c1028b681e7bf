// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import io.railfs.csi.kernel.SpaceNumbers;
import java.util.Optional;

/**
 * How a published volume is.
 *
 * @param problem what is wrong, one sentence; empty where all is well
 * @param space what its file system says of itself; empty where that did not answer
 */
public record VolumeState(Optional<String> problem, Optional<SpaceNumbers> space) {}
