# shellcheck shell=sh
# The test part of build.sh. Every check runs, whatever the others said; what
# it printed is in $out/test, and shown when it failed. The last line is
# "N passed, N failed": checks, tests of packages, and conformance cases.

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
platforms="linux freebsd openbsd netbsd dragonfly darwin"

passed=0 failed=0 broken=''

note() { echo "--- $*"; }

left_out() { note "left out: $*"; }

count() { passed=$((passed + $1)) failed=$((failed + $2)); }

# logged NAME COMMAND...: runs it into its log and returns its exit code
logged() {
  log=$logs/$1.log began=$(date +%s)
  shift
  "$@" > "$log" 2>&1 < /dev/null || { code=$?; took=$(($(date +%s) - began)); return $code; }
  took=$(($(date +%s) - began))
}

fails() { # NAME
  broken="$broken $1"
  note "FAILED: $1 (${took}s), of $log:"
  grep -v '^conformance:' "$log" | tail -n "${2:-60}"
}

# check NAME COMMAND...: one thing that is well when the command succeeds
check() {
  if logged "$@"; then count 1 0; note "ok: $1 (${took}s)"
  else count 0 1; fails "$1"; fi
}

# silent COMMAND...: succeeds when it prints nothing
silent() {
  found=$("$@" 2>&1) || { printf '%s\n' "$found"; return 1; }
  if [ -n "$found" ]; then printf '%s\n' "$found"; return 1; fi
}

# go_tests NAME COMMAND...: go test -v; counts top-level tests
go_tests() {
  code=0
  logged "$@" || code=$?
  good=$(grep -c '^--- PASS' "$log" || :)
  bad=$(grep -c -e '^--- FAIL' -e '^FAIL.*\[.*failed\]$' "$log" || :)
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  # A test's reason to be skipped stands before its end.
  grep -B 1 '^ *--- SKIP' "$log" | grep -v -e '^--$' -e '--- PASS' -e '=== ' | sed 's/^ */  /' | head -n 60 || :
  count "$good" "$bad"
  if [ "$code" = 0 ]; then note "ok: $1 (${took}s, $good tests)"
  else
    grep -B 30 -e '^ *--- FAIL' -e '^FAIL' -e '^panic:' "$log" | grep -v -e '^ *=== ' -e '^ *--- PASS' -e '^ok ' | tail -n 200 || :
    fails "$1" 5
  fi
}

missing_packages() {
  for p in procps python3 strace mandoc shellcheck daemontools ucspi-tcp dot-forward fastforward postfix \
    openssl curl swaks libnet-ssleay-perl libauthen-sasl-perl libdigest-hmac-perl mpop libsasl2-modules sasl2-bin whois chromium; do
    dpkg -s "$p" 2>/dev/null | grep -q '^Status: .* installed$' || echo "$p"
  done
}

# What the tests use besides Go: Debian packages, and joe, to whom mail goes.
prepare() {
  if [ "$(id -u)" != 0 ]; then
    left_out "installing tools and users, and the tests that change user: not root"
    return
  fi
  if has apt-get && [ -n "$(missing_packages)" ]; then
    if has debconf-set-selections; then
      echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
    fi
    # shellcheck disable=SC2046 # one word a package
    if ! logged packages env DEBIAN_FRONTEND=noninteractive sh -c \
      'apt-get update && apt-get install -y --no-install-recommends "$@"' sh $(missing_packages); then
      fails packages 10
      count 0 1
    fi
  fi
  accounts_home=/var/qmail
  accounts
  add_group joe
  add_user joe joe /home/joe
  if [ ! -d /home/joe ]; then mkdir -p /home/joe && chown joe:joe /home/joe; fi
}

tools() {
  for t in mandoc shellcheck strace smtp-sink unshare python3 gcc chromium; do
    case $t in
      smtp-sink) [ -x /usr/sbin/smtp-sink ] || has smtp-sink || left_out "what needs $t: it is not installed" ;;
      *) has "$t" || left_out "what needs $t: it is not installed" ;;
    esac
  done
}

vet() { GOOS=$1 CGO_ENABLED=0 go vet ./...; }

lint() {
  GOBIN=$out/test go install "$staticcheck"
  "$out/test/staticcheck" ./...
}

scripts() {
  find boot svc/sh -type f ! -path 'boot/systemd/*' -exec shellcheck {} +
  shellcheck -x build.sh
}

# The packages whose tests need an installed home, and run against it alone.
needs_home='/internal/conformance$|/internal/systest$'

unit() {
  race=-race
  if ! has gcc && ! has cc && ! has clang; then race=''; left_out "the race detector: there is no C compiler"; fi
  # shellcheck disable=SC2046,SC2086 # lists of words
  go_tests unit go test -v $race -shuffle=on -timeout 5m $(go list ./... | grep -v -E "$needs_home")
}

# In /tmp, because users that cannot look into the checkout run its programs.
test_home() {
  scratch=$(mktemp -d /tmp/qmailkit-ci.XXXXXX)
  chmod 755 "$scratch"
  trap 'rm -rf "$scratch"' EXIT
  check install ./build.sh --out "$scratch/out" --prefix "$scratch/home" install
  export QMAILKIT_HOME="$scratch/home"
}

conformance() {
  code=0
  logged conformance go test -v -count=1 -timeout 15m ./internal/conformance || code=$?
  grep '^conformance:' "$log" || :
  totals=$(sed -n 's/^conformance: \(.*: \)\{0,1\}\([0-9]*\) passed.* \([0-9]*\) failed$/\2 \3/p' "$log" |
    awk '{ p += $1; f += $2 } END { if (NR > 0) print p, f }')
  good=$(grep -c '^--- PASS' "$log" || :)
  count "$good" 0
  # shellcheck disable=SC2086 # two numbers
  if [ -n "$totals" ]; then count $totals; fi
  if [ "$code" = 0 ]; then
    if [ -z "$totals" ]; then left_out "conformance: $(grep -A 1 -e '--- SKIP' "$log" | tail -n 1)"; fi
    note "ok: conformance (${took}s)"
    return
  fi
  case $totals in ''|*' 0') count 0 1 ;; esac # it failed, but no case did
  fails conformance 200
}

# The bound of a compact installation, in kilobytes.
small() { [ "$(du -sk "$scratch/out/compact/bin" | cut -f1)" -lt 38000 ]; }

# Whether the bench works and no system loses a message; no figure counts.
bench_smoke() {
  PATH=$PATH:/usr/sbin
  # shellcheck source=build/bench.sh
  . ./build/bench.sh
  if bench_possible; then
    check bench ./build.sh --out "$scratch/out" bench --rounds 1 --messages 20 --recipients 30 --queued 10,50 --slow 300 --idle 50
  else left_out "the bench: it needs root, smtp-source, and unshare with the right to use it"; fi
}

run_tests() {
  began_all=$(date +%s)
  logs=$out/test
  mkdir -p "$logs"
  has go || die "go is missing: https://go.dev/doc/install, 1.26 or newer"
  prepare
  tools
  check gofmt silent gofmt -l .
  for os in $platforms; do check "vet-$os" vet "$os"; done
  check staticcheck lint
  if has shellcheck; then
    check shellcheck scripts
  fi
  unit
  test_home
  if [ -d "$scratch/home/bin" ]; then
    conformance
    go_tests system go test -v -count=1 -timeout 15m ./internal/systest
  fi
  check demo ./build.sh --out "$scratch/out" demo
  check demo-compact ./build.sh --compact --out "$scratch/out" demo
  check small small
  bench_smoke
  note "$(($(date +%s) - began_all)) seconds"
  if [ -n "$broken" ]; then note "failed:$broken"; fi
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
