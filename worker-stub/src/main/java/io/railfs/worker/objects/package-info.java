// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Object stores as UFS: S3 through the AWS SDK, the others through Apache OpenDAL; the only package
 * that imports them. Independent of RailFS's own network.
 *
 * <pre>
 *   ObjectUfs            keys as files and directories: a prefix is a directory, an etag names a version
 *      |
 *   ObjectStore          what a store can do: attributes, a page of a listing, a range of one version
 *      |-- S3Store       S3Client (SDK, threads, connections), S3Retries, S3Credentials, S3Errors;
 *      |                 RangeSink writes a range straight into the load buffer and checks its headers
 *      `-- OpenDalStore  StoreClient: Session (native threads), which is replaced when it does not respond
 *
 *   RequestGate          requests a second and bytes a second, before any request of either
 * </pre>
 *
 * <p>Every call has one deadline; retries end at it. A retry is decided in two places: {@code
 * S3Retries} for S3, {@code StoreClient.finish} for the others, both with exponential backoff and
 * jitter. A wrong answer of a store (another length, another version) is an error, never data.
 * Credentials are in no message and no log ({@code Scrub}). docs/adr/0007 and docs/OBJECT-STORES.md
 * have the reasons.
 */
package io.railfs.worker.objects;
