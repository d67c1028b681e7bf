#!/usr/bin/env bash
# boot-systemd.sh DIR: runs systemd as process 1 of namespaces of its own, on this machine's files, with the fstab DIR/fstab,
# the units of DIR/units and the mount helper DIR/mount.railfs. It ends with the process that it was started from.
set -eu
lab=$1

if [ "${2:-}" = "" ]; then
  exec unshare --mount --propagation slave -- bash "$0" "$lab" cgroup
fi

# A copy of a mount keeps its file system, and so its process, for as long as these namespaces live.
grep -E ' - fuse[. ]' /proc/self/mountinfo | cut -d' ' -f5 | tac | while read -r mount; do
  umount -l "$(printf '%b' "$mount")"
done

if [ "$2" = cgroup ]; then
  # A hierarchy that is there or can be mounted on every machine, and a group of it that is all the lab sees.
  mount -t cgroup2 none "$lab/cgroup"
  mkdir -p "$lab/cgroup/railfs-lab-$$"
  echo $$ >"$lab/cgroup/railfs-lab-$$/cgroup.procs"
  exec unshare --mount --propagation slave --pid --fork --kill-child --uts --ipc --cgroup -- bash "$0" "$lab" boot
fi

umount "$lab/cgroup"
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup
mount -t proc proc /proc
mount --bind "$lab/fstab" /etc/fstab

# Nothing of this machine's own services: only what orders and groups units, and the journal.
mkdir "$lab/system"
cp -a /lib/systemd/system/*.target /lib/systemd/system/*.slice /lib/systemd/system/systemd-journald* "$lab/system/"
rm -f "$lab"/system/*audit*
cp "$lab"/units/* "$lab/system/"
mount --bind "$lab/system" /lib/systemd/system
mount -t tmpfs tmpfs /etc/systemd/system
mkdir /etc/systemd/system/sockets.target.wants
ln -s /lib/systemd/system/systemd-journald.socket /etc/systemd/system/sockets.target.wants/
mount -t tmpfs tmpfs /var/log

# mount(8) looks for helpers in /sbin; what is there stays reachable.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sbin /run/lock
mount --bind /sbin /run/sbin
mount -t tmpfs -o mode=755 tmpfs /sbin
ln -s /run/sbin/* /sbin/
ln -sf "$lab/mount.railfs" /sbin/mount.railfs

exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=basic.target --show-status=no --log-target=journal --log-level=notice
