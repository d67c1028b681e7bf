// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.membership;

import io.railfs.protocol.messages.Member;
import java.util.List;

/**
 * The workers of a cluster at one moment.
 *
 * @param members that are registered
 * @param lost that left without saying so, within a day; each reports when it was seen last
 */
public record MemberView(List<Member> members, List<Member> lost) {
  public MemberView {
    members = List.copyOf(members);
    lost = List.copyOf(lost);
  }
}
