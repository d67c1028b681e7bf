#!/usr/bin/env bash
# Installs the package $1 in a copy of this machine, uses it as a person would, and removes it. In namespaces of its own
# (mounts, processes, network); "done" is its last word.
set -euo pipefail
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
say() { printf '== %s\n' "$*"; }
wrong() { say "wrong: $*"; exit 1; }

if [ "${2:-}" != inside ]; then
  top=$(mktemp -d)
  mount -t tmpfs none "$top"
  mkdir "$top/upper" "$top/work" "$top/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
  mount --rbind /dev "$top/root/dev"
  mount -t proc proc "$top/root/proc"
  # What stands for the files of boot is empty, as on a machine where nothing runs yet.
  mount -t tmpfs none "$top/root/run"
  mount -t tmpfs none "$top/root/tmp"
  ip link set lo up
  cp "$1" "$top/root/tmp/railfs.deb"
  cp "${BASH_SOURCE[0]}" "$top/root/tmp/use-deb.sh"
  exec env -i PATH="$PATH" chroot "$top/root" /bin/bash /tmp/use-deb.sh /tmp/railfs.deb inside
fi

cd /
rm -rf /usr/local/lib/railfs /usr/local/bin/railfs /etc/railfs
say "installs"
dpkg -i "$1"
[ "$(command -v railfs)" = /usr/bin/railfs ] || wrong "the command is $(command -v railfs)"
compgen -G '/usr/lib/railfs/cds/*.jsa' >/dev/null || wrong "no archive of classes was made"
[ -x /usr/sbin/mount.railfs ] || wrong "mount(8) finds no helper"
[ -r /usr/share/doc/railfs/copyright ] || wrong "no licence where Debian has it"
[ -r /usr/lib/railfs/legal/sbom.json ] || wrong "no bill of materials"
grep -q '^ExecStart=/usr/bin/railfs ' /usr/lib/systemd/system/railfs-worker.service || wrong "the unit has another command"
! grep -q '@[a-z]*@' /usr/lib/systemd/system/railfs-worker.service || wrong "the unit is not filled in"
[ -r /usr/share/man/man1/railfs-mount.1 ] || wrong "no man page"
[ -z "$(dpkg -V railfs)" ] || wrong "files differ from the package"

say "is used"
railfs --version
mkdir -p /tmp/dataset/deep /tmp/mnt
head -c 3000000 /dev/urandom >/tmp/dataset/deep/file
timeout 120 railfs quickstart /tmp/dataset /tmp/mnt
cmp /tmp/dataset/deep/file /tmp/mnt/deep/file
railfs status
railfs umount /tmp/mnt
railfs worker stop

say "is removed"
echo '# edited' >>/etc/railfs/railfs.conf
dpkg -r railfs
for gone in /usr/bin/railfs /usr/sbin/mount.railfs /usr/lib/railfs /usr/share/doc/railfs /usr/lib/systemd/system/railfs-worker.service; do
  [ ! -e "$gone" ] && [ ! -L "$gone" ] || wrong "$gone is left"
done
grep -q '^# edited' /etc/railfs/railfs.conf || wrong "a conf file that was edited is lost"
dpkg -P railfs
[ ! -e /etc/railfs/railfs.conf ] || wrong "the conf file is left after a purge"
say "done"
