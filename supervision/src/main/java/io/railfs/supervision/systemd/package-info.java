/** What systemd wants to know of a service: sd_notify(3) and its watchdog. */
package io.railfs.supervision.systemd;
