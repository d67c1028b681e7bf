/**
 * Object stores as UFS, through Apache OpenDAL; the only importer of it. Knows no network of ours.
 */
package io.railfs.worker.objects;
