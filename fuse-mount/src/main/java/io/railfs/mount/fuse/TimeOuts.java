package io.railfs.mount.fuse;

import java.time.Duration;

/**
 * How long the kernel may believe what it is told.
 *
 * @param entry that a name is a node
 * @param attributes what the attributes of a node are
 * @param negative that there is no such name
 */
public record TimeOuts(Duration entry, Duration attributes, Duration negative) {}
