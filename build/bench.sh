# shellcheck shell=sh
# The bench part of build.sh: qmailkit beside the C programs, a Postfix and the
# bare system calls; build/bench has the measuring. All of it happens in a
# scratch folder, in namespaces of mounts and processes that end with it: the
# C programs, whose home is compiled into them, see a copy of it in its place,
# and the mailbox belongs to a user whom only they and Postfix see.

# private COMMAND...: runs it where mounts and processes are its own
private() { unshare --mount --pid --fork --kill-child --mount-proc "$@"; }

bench_possible() { [ "$(id -u)" = 0 ] && has unshare && has smtp-source && private true 2>/dev/null; }

# bench_user: a password file with the user bench, who has nothing else
bench_user() {
  uid=61000
  while cut -d: -f3 /etc/passwd | grep -q -x "$uid"; do uid=$((uid + 1)); done
  grep -v '^bench:' /etc/passwd > "$scratch/passwd"
  echo "bench:x:$uid:$uid::$scratch/people:/bin/false" >> "$scratch/passwd"
  chmod 644 "$scratch/passwd"
}

bench_end() {
  if [ -n "$running" ]; then
    kill "$running" 2>/dev/null || :
    wait "$running" || :
  fi
  rm -rf "$scratch"
}

bench() {
  PATH=$PATH:/usr/sbin:/sbin
  [ "$(id -u)" = 0 ] || die "bench: only root can: qmail and Postfix run as users of their own"
  has smtp-source || die "bench: Postfix's smtp-source and smtp-sink are needed"
  bench_possible || die "bench: unshare is needed, and the right to have namespaces of mounts and processes"
  mkdir -p "$out"
  # shellcheck source=build/demo.sh
  . ./build/demo.sh
  if reachable "$out"; then scratch=$out; else scratch=/var/tmp; fi
  scratch=$(mktemp -d "$scratch/qmailkit-bench.XXXXXX")
  running=''
  trap bench_end EXIT
  trap 'exit 111' HUP INT TERM
  chmod 755 "$scratch"
  # Each system in a part of the disk of its own, as they would be on a real one:
  # ext4 makes files more slowly where many were removed a minute ago.
  if has chattr; then chattr +T "$scratch" 2>/dev/null || :; fi
  out=$scratch/out home=$scratch/home accounts_home=/var/qmail
  build
  install_home
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$scratch/bench" ./build/bench
  bench_user
  if [ -n "${QMAIL_REFERENCE:-}" ] && [ -d "$QMAIL_REFERENCE/bin" ]; then
    if has tcpserver; then cp -a "$QMAIL_REFERENCE" "$scratch/c"; set -- "$@" --c "$QMAIL_REFERENCE"
    else echo "bench: left out: the C programs, for want of tcpserver" >&2; fi
  else echo "bench: left out: the C programs; QMAIL_REFERENCE does not name a home of them" >&2; fi
  if has postfix; then set -- "$@" --postfix
  else echo "bench: left out: Postfix, which is not installed" >&2; fi
  echo "$(nproc) processors, $(uname -sr), $(df -T "$scratch" | awk 'NR == 2 { print $2 }') below $scratch, $(date -u +%Y-%m-%d)"
  # shellcheck disable=SC2016 # for the shell inside
  private sh -ec '
    scratch=$1 reference=$2
    shift 2
    mount --bind "$scratch/passwd" /etc/passwd
    if [ -d "$scratch/c" ]; then mount --bind "$scratch/c" "$reference"; fi
    exec "$scratch/bench" --dir "$scratch" --home "$scratch/home" "$@"' sh "$scratch" "${QMAIL_REFERENCE:-}" "$@" < /dev/null &
  running=$!
  code=0
  wait "$running" || code=$?
  running=''
  return "$code"
}
