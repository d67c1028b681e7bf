/** The network: transports, facts about interfaces, device binding. Knows nothing of files. */
package io.railfs.fabric;
