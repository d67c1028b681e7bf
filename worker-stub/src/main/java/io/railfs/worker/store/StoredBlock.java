package io.railfs.worker.store;

/**
 * Where the file of a block is.
 *
 * @param directory holds the file
 * @param fileBytes bytes of the whole file
 */
record StoredBlock(StoreDirectory directory, int fileBytes) {}
