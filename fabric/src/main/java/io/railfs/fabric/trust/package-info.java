/** What peers prove to each other: secrets, certificates, and the files that hold them. */
package io.railfs.fabric.trust;
