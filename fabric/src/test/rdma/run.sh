#!/bin/bash
# Runs RailFS over soft-RoCE (rdma_rxe) in a virtual machine: railfs test --rdma.
#
#   run.sh REPOSITORY JAVA_HOME CLASSPATH [--short]
#
# The guest sees the files of this machine, read-only, and runs guest.sh. What that needs beside a JDK and FUSE comes
# from the packages of Debian, which are unpacked below target, not installed: a kernel, QEMU, busybox, kmod, cpio, the
# libraries of rdma-core. RAILFS_RDMA_ONLY names some of the scenarios of the long form, separated by blanks.
set -euo pipefail
repository=$1 java_home=$2 class_path=$3 form=${4:-}
case $form in
  --short) seconds=1200 ;;
  '') seconds=3600 ;;
  *) echo "run.sh: '$form' is not known; --short is" >&2 && exit 2 ;;
esac
here=$repository/fabric/src/test/rdma
work=$repository/fabric/target/rdma
root=$work/root
mkdir -p "$work/debs" "$root"

# What is installed here is in the guest already, as it sees /usr.
download() {
  local kernel names
  kernel=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1)
  [ -n "$kernel" ] || return 1
  names=$(apt-get -s --no-install-recommends install qemu-system-x86 busybox-static kmod ibverbs-providers librdmacm1 \
    iproute2 cpio curl procps | sed -n 's/^Inst \([^ ]*\) .*/\1/p') || return 1
  rm -f "$work"/debs/*
  echo "fetching $kernel and $(wc -w <<<"$names") packages into $work"
  # shellcheck disable=SC2086 # a list
  (cd "$work/debs" && apt-get -qq -o APT::Sandbox::User=root download $names "$kernel")
}

fetch() {
  # The package lists may be missing, or name what the archive has no more.
  download || { apt-get -qq update && download; } || {
    echo "run.sh: the kernel and QEMU of Debian cannot be fetched with apt-get; see above" >&2
    exit 1
  }
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$root"; done
  # Packages of before the merge of /usr.
  for d in bin sbin lib lib64; do
    if [ -d "$root/$d" ] && [ ! -L "$root/$d" ]; then mkdir -p "$root/usr/$d"; cp -a "$root/$d/." "$root/usr/$d/"; fi
  done
  touch "$work/fetched"
}

[ -e "$work/fetched" ] || fetch
version=$(basename "$(compgen -G "$root/usr/lib/modules/*" | head -n 1)")
# Unpacked, or installed here.
tool() { compgen -G "$root/usr/bin/$1" || command -v "$1" || { echo "run.sh: there is no $1" >&2 && return 1; }; }
busybox=$(tool busybox)
qemu=$(tool qemu-system-x86_64)
kmod=$(tool kmod)
# Its links are absolute, and would lead out of the unpacked packages.
mkdir -p "$work/tools"
for link in depmod modprobe; do ln -sf "$kmod" "$work/tools/$link"; done
tools=$work/tools:$root/usr/bin:$root/usr/sbin:$PATH
libraries=$root/usr/lib/x86_64-linux-gnu

# The modules in the order of their dependencies.
initrd=$work/initrd
rm -rf "$initrd" && mkdir -p "$initrd/bin" "$initrd/modules.d"
LD_LIBRARY_PATH=$libraries PATH=$tools depmod -b "$root" "$version"
for wanted in virtio_pci 9pnet_virtio 9p overlay dummy veth bridge crc32_generic rdma_rxe rdma_ucm ib_uverbs fuse; do
  LD_LIBRARY_PATH=$libraries PATH=$tools modprobe -d "$root" -S "$version" --show-depends "$wanted" \
    | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' >"$work/modules"
while read -r module; do
  cp "$module" "$initrd/modules.d/"
  echo "/modules.d/$(basename "$module")" >>"$initrd/modules"
done <"$work/modules"
cp "$busybox" "$initrd/bin/busybox"
cp "$here/init" "$initrd/init" && chmod +x "$initrd/init"
mkdir -p "$initrd"/{proc,sys,dev}
echo "$work" >"$initrd/work"
echo "$repository" >"$initrd/repository"
echo "$HOME" >"$initrd/home"
(cd "$initrd" && find . | PATH=$tools cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"

{
  printf 'export JAVA_HOME=%q\n' "$java_home"
  printf 'repository=%q java_home=%q form=%q\n' "$repository" "$java_home" "$form"
  printf 'class_path=%q only=%q\n' "$class_path" "${RAILFS_RDMA_ONLY:-}"
} >"$work/guest.env"

# TCG is slow and works everywhere; KVM inside of a virtual machine may hang. With a thread for each processor it may
# execute an instruction that another processor has replaced in part, as a JVM does: docs/INFINIBAND.md.
accelerator=${RAILFS_RDMA_ACCELERATOR:-tcg,thread=single}
processors=$(nproc)
log=$work/guest.log
echo "booting $version in QEMU ($accelerator); the log is $log"
LD_LIBRARY_PATH=$libraries timeout "${RAILFS_RDMA_SECONDS:-$seconds}" "$qemu" \
  -L "${qemu%/bin/*}/share/qemu" -L "${qemu%/bin/*}/share/seabios" -accel "$accelerator" -cpu max \
  -smp "$((processors < 4 ? processors : 4))" -m 3000 -nographic \
  -no-reboot -nodefaults -serial stdio -kernel "$root/boot/vmlinuz-$version" -initrd "$work/initrd.gz" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr" \
  -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap </dev/null | tee "$log"
grep -q "soft-RoCE: all passed" "$log"
