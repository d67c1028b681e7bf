/** A small HTTP/1.1 server for metrics, status and administration; every part of it has a limit. */
package io.railfs.telemetry.http;
