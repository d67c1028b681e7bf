/** Which workers there are: registered in etcd by workers, watched by clients. */
package io.railfs.membership;
