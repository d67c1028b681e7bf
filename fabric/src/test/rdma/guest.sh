#!/bin/bash
# What the guest runs: the binding, then a worker and a mount with FUSE over soft-RoCE, and without --short what can go
# wrong between them. Each claim that held is a line "ok: ..."; a scenario that fails is named, with the logs, and the
# run fails.
#
#   guest.sh ENVIRONMENT
#
# The network is two virtual interfaces, roce0 (the worker's) and roce1 (the mount's), on one bridge, each with an RDMA
# device of its own. Both ends are in one network namespace, as soft-RoCE of Linux 6.1 works in the first one alone, so rules keep
# the kernel from taking the short way between its own addresses.
set -u
# shellcheck disable=SC1090 # written by run.sh
. "$1"
export PATH=/usr/bin:/usr/sbin HOME=/tmp/home LC_ALL=C.UTF-8
t=/tmp/rdma
mkdir -p "$HOME" "$t" /data /mnt/data
: "${JAVA_HOME:?}" "${repository:?}" "${class_path:?}" "${java_home:?}"
ulimit -l unlimited
ulimit -n 65536

# How long anything may take here, seconds: everything runs many times slower than on the host.
most=400
worker_url=http://127.0.0.1:30000/metrics
mount_url=http://127.0.0.1:30001/metrics

railfs() { timeout "$most" "$repository/bin/railfs" "$@"; }
now() { cut -d. -f1 /proc/uptime; }
ok() { echo "ok: $* [$(now) s]"; }
fail() {
  echo "NOT OK: $* [$(now) s]"
  exit 1
}

wait_for() { # SECONDS WHAT COMMAND...
  local end=$(($(now) + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$(now)" -lt "$end" ] || fail "waited too long: $what"
    sleep 0.3
  done
}

has() { grep -q -F -- "$2" "$1" 2>/dev/null; } # FILE TEXT
must_have() { # FILE TEXT
  has "$1" "$2" || {
    sed 's/^/  | /' "$1"
    fail "'$2' is not there"
  }
}

metric() { # URL PATTERN; the sum of all that match, empty where there is none
  curl -s -m "$most" "$1" | awk -v pattern="$2" '$0 !~ /^#/ && $0 ~ pattern { sum += $NF; found = 1 } END { if (found) printf "%d", sum }'
}
metric_is() { [ "$(metric "$1" "$2")" = "$3" ]; }
metric_above() { # URL PATTERN NUMBER
  local value
  value=$(metric "$1" "$2")
  [ "${value:-0}" -gt "$3" ]
}
rdma_bytes() { metric "$mount_url" '^railfs_mount_rdma_bytes_total'; }
tcp_bytes() { metric "$mount_url" '^railfs_mount_rail_bytes_total.direction="in"'; }
packets() { cat "/sys/class/infiniband/$1/ports/1/hw_counters/sent_pkts"; }
queue_pairs() { rdma resource show qp link "$1" | grep -c -v 'GSI'; }

# --- Network --------------------------------------------------------------------------------------------------------

make_network() {
  local d
  # Each has a cable into a switch of its own, so that a cable can be pulled while the routes stay: the RDMA devices of
  # Linux 6.1 answer a packet without a route by giving up the queue pair of rdma_cm for good.
  ip link add switch0 type bridge
  ip link set switch0 up
  for d in 0 1; do
    ip link add "roce$d" type veth peer name "cable$d"
    ip link set "cable$d" mtu 4200 master switch0 up
  done
  for d in all default roce0 roce1; do
    sysctl -qw "net.ipv4.conf.$d.rp_filter=0" "net.ipv4.conf.$d.accept_local=1" "net.ipv4.conf.$d.arp_ignore=1" \
      "net.ipv4.conf.$d.arp_announce=2"
  done
  ip link set roce0 mtu 4200 up
  ip link set roce1 mtu 4200 up
  ip addr add 10.9.0.1/32 dev roce0
  ip addr add 10.9.0.2/32 dev roce1
  ip rule add pref 300 lookup local
  ip rule del pref 0
  ip rule add pref 10 iif roce0 to 10.9.0.1 lookup local
  ip rule add pref 10 iif roce1 to 10.9.0.2 lookup local
  ip rule add pref 20 from 10.9.0.2 to 10.9.0.1 lookup 50
  ip rule add pref 20 from 10.9.0.1 to 10.9.0.2 lookup 50
  ip rule add pref 21 oif roce1 to 10.9.0.1 lookup 50
  ip rule add pref 21 oif roce0 to 10.9.0.2 lookup 50
  ip route replace 10.9.0.1 dev roce1 src 10.9.0.2 table 50
  ip route replace 10.9.0.2 dev roce0 src 10.9.0.1 table 50
}

add_rdma() { rdma link add "$1" type rxe netdev "$2" || fail "there is no $1"; }

# --- Processes ------------------------------------------------------------------------------------------------------

write_settings() {
  cat >"$t/worker.conf" <<'CONF'
railfs.worker {
  ufs = "file:///data", block-size = 1MiB, heap = 96MiB, direct-memory = 192MiB, drain-timeout = 0s
  rpc.bind.device = roce0, data.bind.device = roce0
  local.socket = "", rest.enabled = false, web.bind { host = "127.0.0.1", port = 30000 }
  store { directories = ["/tmp/rdma/store"], capacity = 256MiB }
  rdma { enabled = true, memory = 16MiB }
}
CONF
  cat >"$t/mount.conf" <<'CONF'
railfs {
  workers = ["10.9.0.1:29999"]
  client {
    connect-timeout = 60s, attempt-timeout = 20s, read-deadline = 200s, metadata-deadline = 200s
    rpc.bind.device = roce1, data { bind.device = roce1, transport = rdma, rdma.memory = 16MiB }
  }
  mount { memory-limit = 450MiB, threads = 4, prefetch.next-files = 0, metrics.bind.port = 30001 }
}
CONF
}

# Each process has a process group of its own, so that its end ends whatever it has started.
worker_group='' mount_group=''

start_worker() { # [OPTION...]
  : >"$t/worker.log"
  setsid "$repository/bin/railfs" worker start -f -c "$t/worker.conf" "$@" >>"$t/worker.log" 2>&1 &
  worker_group=$!
  echo "$worker_group" >"$t/worker.group"
  wait_for "$most" "the worker serves" worker_serves_or_ended
  has "$t/worker.log" ' serves ' || fail "the worker has ended: $(tail -n 1 "$t/worker.log")"
}
worker_serves_or_ended() { has "$t/worker.log" ' serves ' || ! kill -0 "$worker_group" 2>/dev/null; }

start_mount() { # [OPTION...]
  : >"$t/mount.log"
  setsid "$repository/bin/railfs" mount -f -c "$t/mount.conf" "$@" /mnt/data >>"$t/mount.log" 2>&1 &
  mount_group=$!
  echo "$mount_group" >"$t/mount.group"
  wait_for "$most" "the mount is there" mounted_or_ended
  is_mounted || fail "the mount has ended: $(tail -n 1 "$t/mount.log")"
}
is_mounted() { grep -q ' /mnt/data fuse' /proc/mounts; }
mounted_or_ended() { is_mounted || ! kill -0 "$mount_group" 2>/dev/null; }

runs() { [ -s "$1" ] && kill -0 -- "-$(<"$1")" 2>/dev/null; } # FILE

# What an earlier scenario has left is used on, as starting takes long here.
need_both() {
  runs "$t/worker.group" || start_worker
  is_mounted || start_mount
}

kill_group() { # FILE
  [ -s "$1" ] || return 0
  kill -KILL -- "-$(<"$1")" 2>/dev/null
  rm -f "$1"
}
kill_worker() { kill_group "$t/worker.group"; }
kill_mount() {
  kill_group "$t/mount.group"
  umount -l /mnt/data 2>/dev/null
}

# --- Scenarios ------------------------------------------------------------------------------------------------------

binding() {
  ip link add roce9 type veth peer name cable9
  ip link set cable9 mtu 4200 up
  ip link set roce9 mtu 4200 up
  ip addr add 10.8.0.1/24 dev roce9
  ip addr add 10.8.0.2/24 dev roce9
  add_rdma rxe9 roce9
  # Of the address, which the kernel adds later.
  sleep 1
  java io.railfs.it.SoftRoceRead 10.8.0.1 || fail "a worker and a client in one process"
  ok "a worker and a client read a file over RDMA, every byte compared"
  java io.railfs.fabric.rdma.SoftRoce 10.8.0.1 10.8.0.2 cable9 || fail "the binding"
  ok "connections, their data, messages both ways, refusals, ends, a cable that is pulled"
  rdma link delete rxe9
  ip link delete roce9
}

java() {
  timeout "$most" "$java_home/bin/java" -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto \
    --enable-native-access=ALL-UNNAMED -cp "$class_path" "$@" | grep -v DEBUG
  return "${PIPESTATUS[0]}"
}

make_data() {
  local i
  for i in 1 2 3; do head -c $((i * 1000000 + 777)) /dev/urandom >"/data/small$i"; done
  # Each is read once, as what is cached would not come over the network again.
  [ "$form" = --short ] || for i in 1 2 3 4; do head -c 40000000 /dev/urandom >"/data/large$i"; done
  (cd /data && sha256sum -- *) >"$t/sums"
}

compare() { # FILE...
  local name
  for name in "$@"; do
    (cd /mnt/data && grep " $name\$" "$t/sums" | timeout "$most" sha256sum -c --quiet -) || fail "$name is not right"
  done
}

sizes() { # FILE...; bytes of all together
  (cd /data && stat -c %s "$@") | awk '{ sum += $1 } END { print sum }'
}

over_rdma_alone() {
  start_worker
  local before wanted
  before=$(packets rxe0)
  start_mount
  compare small1 small2 small3
  wanted=$(sizes small1 small2 small3)
  ok "a mount over RDMA: 3 files of $wanted bytes have the checksums of their source"
  local rdma tcp
  rdma=$(rdma_bytes) tcp=$(tcp_bytes)
  [ "${rdma:-0}" -ge "$wanted" ] || fail "${rdma:-no} bytes over RDMA"
  [ "${tcp:-$wanted}" -lt $((wanted / 50)) ] || fail "${tcp:-no known} bytes over TCP"
  metric_above "$worker_url" '^railfs_worker_rail_bytes_total.direction="out",.*service="rdma"' $((wanted - 1)) \
    || fail "the worker did not send them over RDMA"
  ok "by the metrics $rdma bytes came over RDMA, $tcp over TCP"
  # The device counts packets and no bytes; each carries 4 KiB at most.
  [ $(($(packets rxe0) - before)) -gt $((wanted / 4096)) ] || fail "$(packets rxe0) packets of rxe0, $before before"
  ok "the worker's device has sent $(($(packets rxe0) - before)) packets for them"
}

seen() {
  need_both
  compare large1
  railfs stats --once --json -c "$t/mount.conf" /mnt/data >"$t/out" 2>&1 || fail "stats: $(<"$t/out")"
  must_have "$t/out" '"transport":"rdma"'
  grep -q '"rdma_bytes":[1-9]' "$t/out" || fail "stats knows no bytes over RDMA: $(<"$t/out")"
  ok "stats names the transport rdma and its bytes"
  railfs where -c "$t/mount.conf" /mnt/data/large1 >"$t/out" 2>&1 || fail "where: $(<"$t/out")"
  grep -q '^10.9.0.1:29999 *rdma *$' "$t/out" || fail "where does not name rdma: $(<"$t/out")"
  ok "where names rdma, and nothing better"
}

doctor() { # [OPTION...]; into out
  railfs doctor -c "$t/mount.conf" "$@" >"$t/out" 2>&1
}

without_devices() {
  doctor --local --only rdma-readiness
  sed 's/^/  | /' "$t/out"
  must_have "$t/out" 'roce1 cannot: '
  ok "doctor, before there is a device: RDMA cannot be used, and why"
}

peer_without() {
  kill_mount
  kill_worker
  start_worker -D railfs.worker.rdma.enabled=false
  start_mount -D railfs.client.data.transport=auto
  compare small1 small2
  metric_above "$mount_url" '^railfs_mount_rail_bytes_total.direction="in"' "$(sizes small1)" \
    || fail "$(tcp_bytes) bytes over TCP"
  [ "$(rdma_bytes)" = 0 ] || fail "$(rdma_bytes) bytes over RDMA"
  ok "a worker without rdma, transport auto: the bytes come over TCP"
  railfs where -c "$t/mount.conf" -D railfs.client.data.transport=auto /mnt/data/small1 >"$t/out" 2>&1
  must_have "$t/out" 'rdma: railfs.worker.rdma.enabled of the worker is false'
  ok "where says why: $(grep -o 'nothing better.*' "$t/out")"
  kill_mount
  doctor -D railfs.client.data.transport=auto --only transport,rdma-readiness
  sed 's/^/  | /' "$t/out"
  must_have "$t/out" 'tcp: '
  must_have "$t/out" 'rdma: railfs.worker.rdma.enabled of the worker is false'
  ok "doctor before: transport is tcp, and why"
  if railfs mount -f -c "$t/mount.conf" -D railfs.client.connect-timeout=20s /mnt/data >"$t/out" 2>&1 </dev/null; then
    fail "the mount ran without rdma"
  fi
  is_mounted && fail "it is mounted"
  must_have "$t/out" 'railfs.worker.rdma.enabled of the worker is false'
  ok "transport rdma alone: the mount refuses: $(tail -n 1 "$t/out")"
  kill_worker
}

doctor_after() {
  need_both
  doctor --only transport,rdma-readiness,read,counters
  sed 's/^/  | /' "$t/out"
  must_have "$t/out" 'roce1 can'
  must_have "$t/out" 'by messages over RDMA'
  ok "doctor after: $(grep -o 'rdma: .*' "$t/out" | head -n 1)"
}

half_read() { # FILE; starts to read it, and returns when some of it has come
  need_both
  local before
  before=$(received)
  (cd /mnt/data && exec timeout "$most" sha256sum "$1") >"$t/sum" 2>"$t/sum.error" &
  reader=$!
  # By the kernel's count of the interface, which costs nothing: the metrics would come when all is over.
  wait_for "$most" "some of $1 came" received_above $((before + 3000000))
  kill -0 "$reader" 2>/dev/null || fail "$1 was read too fast for this scenario"
}
received() { cat /sys/class/net/roce1/statistics/rx_bytes; }
received_above() { [ "$(received)" -gt "$1" ]; }

port_down() {
  half_read large2
  ip link set cable1 down
  wait_for 60 "the port is down" is_down rxe1
  wait_for 60 "the connection has ended" no_queue_pairs rxe1
  kill -0 "$reader" 2>/dev/null || fail "the reader has ended: $(<"$t/sum.error")"
  ok "a port goes down under a reader: the connection ends, the reader waits"
  ip link set cable1 up
  wait "$reader" || fail "the reader got an error: $(<"$t/sum.error")"
  grep -q -F -f "$t/sum" "$t/sums" || fail "what was read is not right: $(<"$t/sum")"
  metric_is "$mount_url" '^railfs_mount_read_duration_seconds_count.level="error"' 0 || fail "there are errors of reads"
  ok "it comes up again: the reader goes on, without an error, with the checksum of the source"
  local tcp
  tcp=$(tcp_bytes)
  [ "${tcp:-1000000}" -lt 1000000 ] || fail "${tcp:-no known} bytes over TCP"
  ok "over RDMA again, not over TCP"
}

is_down() { ! grep -q ACTIVE "/sys/class/infiniband/$1/ports/1/state"; }

worker_killed() {
  half_read large3
  kill_worker
  ok "the worker is killed while it sends"
  start_worker
  if wait "$reader"; then
    grep -q -F -f "$t/sum" "$t/sums" || fail "what was read is not right: $(<"$t/sum")"
    ok "its reader waited and has read what the source has"
  else
    must_have "$t/sum.error" 'Input/output error'
    ok "its reader got an error, at its deadline"
  fi
  compare large3
  ok "after the worker's restart the file has the checksum of its source"
}

mount_killed() {
  half_read large4
  [ "$(queue_pairs rxe0)" -gt 0 ] || fail "there is no RDMA connection"
  kill_mount
  wait "$reader" && fail "the reader of a mount that was killed has noticed nothing"
  wait_for "$most" "the worker has no RDMA connection" metric_is "$worker_url" '^railfs_worker_rdma_connections' 0
  wait_for "$most" "the worker's buffers are back" metric_is "$worker_url" '^railfs_worker_rdma_buffers' 0
  wait_for "$most" "the worker has no connection" metric_is "$worker_url" '^railfs_worker_connections ' 0
  ok "the mount is killed while it receives: the worker has no connection and no buffer in use any more"
  wait_for "$most" "the queue pairs are gone" no_queue_pairs rxe0
  ok "the kernel has no queue pair of it any more"
  start_mount
  compare large4
  ok "another mount reads the file right"
}
no_queue_pairs() { [ "$(queue_pairs "$1")" = 0 ]; }

# As a process of a unit without LimitMEMLOCK and without the capability.
limited() {
  timeout "$most" setpriv --bounding-set=-ipc_lock prlimit --memlock=65536:65536 "$repository/bin/railfs" "$@"
}

memlock() {
  kill_mount
  runs "$t/worker.group" || start_worker
  limited mount -f -c "$t/mount.conf" -D railfs.client.connect-timeout=20s /mnt/data >"$t/out" 2>&1 </dev/null \
    && fail "the mount ran with 64 KiB of locked memory"
  is_mounted && fail "it is mounted"
  must_have "$t/out" 'this process may lock 64 KiB; add LimitMEMLOCK=infinity'
  ok "64 KiB of locked memory, mount: $(tail -n 1 "$t/out")"
  kill_worker
  limited worker start -f -c "$t/worker.conf" >"$t/out" 2>&1 </dev/null \
    && fail "the worker ran with 64 KiB of locked memory"
  must_have "$t/out" 'this process may lock 64 KiB; add LimitMEMLOCK=infinity'
  ok "64 KiB of locked memory, worker: $(tail -n 1 "$t/out")"
}

wrong_device() {
  kill_mount
  railfs mount -f -c "$t/mount.conf" -D railfs.client.data.bind.device=rocE1 /mnt/data >"$t/out" 2>&1 </dev/null \
    && fail "the mount ran with a device that is not there"
  must_have "$t/out" 'rocE1'
  [ "$(wc -l <"$t/out")" -eq 1 ] || fail "it is not one sentence: $(<"$t/out")"
  ok "a wrong name of the device: $(<"$t/out")"
  ip link add plain0 type dummy && ip addr add 10.7.0.1/24 dev plain0 && ip link set plain0 up
  railfs worker start -f -c "$t/worker.conf" -D railfs.worker.data.bind.device=plain0 >"$t/out" 2>&1 </dev/null \
    && fail "the worker ran with a device without RDMA"
  must_have "$t/out" 'the network device plain0 has no RDMA device'
  ok "a device without RDMA: $(tail -n 1 "$t/out")"
}

failed=0
scenario() { # FUNCTION
  local began
  began=$(now)
  echo "--- $1"
  if ! ("$1"); then
    failed=$((failed + 1))
    echo "failed: $1; the logs of worker and mount:"
    tail -n 30 "$t/worker.log" "$t/mount.log" 2>/dev/null | cut -c 1-400
    # Of a JVM that has crashed: registers, stack, threads.
    head -n 200 /hs_err_pid*.log "$t"/hs_err_pid*.log 2>/dev/null | cut -c 1-300
    kill_mount
    kill_worker
  fi
  echo "--- $1 took $(($(now) - began)) s"
}

ip link set lo up
write_settings
make_data
scenario binding
make_network
if [ "$form" = --short ]; then
  add_rdma rxe0 roce0
  add_rdma rxe1 roce1
  scenario over_rdma_alone
else
  scenario without_devices
  add_rdma rxe0 roce0
  add_rdma rxe1 roce1
  scenario over_rdma_alone
  for each in ${only:-port_down worker_killed mount_killed seen doctor_after memlock wrong_device peer_without}; do
    scenario "$each"
  done
fi
kill_mount
kill_worker
[ "$failed" -eq 0 ] || {
  echo "soft-RoCE: $failed scenarios failed"
  exit 1
}
echo "soft-RoCE: all passed"
