package io.railfs.client;

/**
 * What a client knows of one worker. Counts are since the client started.
 *
 * @param endpoint rpc endpoint, as the settings name it
 * @param id identity, empty before the worker answered first
 * @param connected whether it can be used now
 * @param lastError why it cannot be used, empty where it can
 * @param bytesReceived payload bytes, those of failed attempts included
 * @param fetches attempts to fetch chunks from it
 * @param retries those attempts that were not the first of their fetch
 * @param checksumFailures chunks that came with a wrong checksum
 * @param bytesInFlight payload bytes asked for and not received yet
 */
public record WorkerStats(
    Endpoint endpoint,
    String id,
    boolean connected,
    String lastError,
    long bytesReceived,
    long fetches,
    long retries,
    long checksumFailures,
    long bytesInFlight) {}
