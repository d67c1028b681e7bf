/**
 * Object stores as UFS, S3 through the AWS SDK, the others through Apache OpenDAL; the only
 * importer of both. Knows no network of ours.
 */
package io.railfs.worker.objects;
