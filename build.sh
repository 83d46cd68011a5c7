#!/bin/sh
# Builds qmailkit, installs it, shows it and tests it; README.md tells how.
#
#   build.sh                        every program into ./out/bin, for the home /var/qmail
#   build.sh --prefix DIR install   a home in DIR: as root with qmail's own users, as anyone else a single-user home
#   build.sh --host NAME install --services
#                                   the same with services to run, of a host called NAME
#   build.sh services               those alone, for a home that is installed
#   build.sh demo                   a home below ./out, a message sent and delivered
#   build.sh test                   all that CI runs
#   build.sh bench [OPTION...]      figures, beside those of the C programs in QMAIL_REFERENCE and of Postfix:
#                                   --rounds 5, --messages 2000, --recipients 10000, --queued 1000,100000, --slow 1000, --idle 5000,
#                                   --only NAME,...
#
# --compact links most commands into four programs, to which their names are hard links: a third of the size.
# --out DIR takes the place of ./out. --accounts DIR is the home that users made by a root install get, where that is
# not the prefix: a home for a test must not be the one that user alias has for good.
set -eu
caller=$PWD
cd "$(dirname "$0")"
umask 022

home=/var/qmail
root=0
if [ "$(id -u)" = 0 ]; then root=1; fi
accounts_home=
compact=0
out=$PWD/out
action=build
services=0
host=
components="inject send local remote maildir qmtp qmqp svc"

# What is run from an installation's setup folder, and not from bin: its
# "hostname" must not stand before the system's own on an rc script's PATH.
setup_programs="hostname ipmeprint dnsip dnsfq dnsptr dnsmxip config config-fast"

die() { echo "build.sh: $*" >&2; exit 111; }

has() { command -v "$1" >/dev/null 2>&1; }

commands() {
  for c in $components; do
    for d in "$c"/*/main.go; do
      if [ -f "$d" ]; then echo "${d%/main.go}"; fi
    done
  done
}

# settle FOLDER: writes the programs in it anew. The linker has filled each
# through a mapping, and in single pages it stays in the system's memory; what
# is written at one go is there in larger pieces, and starts a tenth faster.
settle() {
  for f in "$1"/*; do
    cp "$f" "$1/.settled"
    mv -f "$1/.settled" "$f"
  done
}

build() {
  has go || die "go is missing: https://go.dev/doc/install, 1.26 or newer"
  case $home in
    *\'*) die "--prefix $home: must be without a quote" ;;
    /*) ;;
    *) die "--prefix $home: must be an absolute path" ;;
  esac
  ldflags="-s -w -X 'qmailkit/internal/home.dir=$home'"
  # qmail-rspawn delivers by itself beside a qmail-remote of the same sources,
  # for which this word stands in both (internal/build).
  tag=build_$(find remote qmtp internal -name '*.go' ! -name '*_test.go' | LC_ALL=C sort | xargs cat go.mod go.sum | cksum | tr ' ' _)
  if [ "$compact" = 1 ]; then
    # shellcheck source=build/compact.sh
    . ./build/compact.sh
    build_compact
    built=$out/compact/bin
  else
    mkdir -p "$out/bin"
    # shellcheck disable=SC2046 # one word a package
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags "$tag" -ldflags "$ldflags" -o "$out/bin/" $(commands | sed 's,^,./,')
    settle "$out/bin"
    built=$out/bin
  fi
  echo "build.sh: $(du -sk "$built" | cut -f1) kilobytes in $built"
}

### install

# own USER GROUP MODE FILE...: in a single-user home all belongs to that user.
own() {
  u=$1 g=$2 m=$3
  shift 3
  if [ "$root" = 1 ]; then chown "$u:$g" "$@"; fi
  chmod "$m" "$@"
}

# folder NAME OWNER GROUP MODE: below the home
folder() {
  mkdir -p "$home/$1"
  own "$2" "$3" "$4" "$home/$1"
}

# split FOLDER OWNER MODE: as many folders in it as queue/mess already has
split() {
  folder "queue/$1" "$2" qmail "$3"
  i=0
  while [ "$i" -lt "$nsplit" ]; do
    folder "queue/$1/$i" "$2" qmail "$3"
    i=$((i + 1))
  done
}

have_group() {
  grep -q "^$1:" /etc/group || getent group "$1" >/dev/null 2>&1 ||
    [ -n "$(dscacheutil -q group -a name "$1" 2>/dev/null)" ]
}

add_group() {
  if have_group "$1"; then return; fi
  if has groupadd; then groupadd "$1"
  elif has pw; then pw groupadd "$1"
  else die "group $1 is missing and there is neither groupadd nor pw to make it"; fi
}

add_user() { # NAME GROUP HOME
  if id "$1" >/dev/null 2>&1; then return; fi
  if has useradd; then useradd -g "$2" -d "$3" -s /bin/false "$1"
  elif has pw; then pw useradd "$1" -g "$2" -d "$3" -s /usr/sbin/nologin
  else die "user $1 is missing and there is neither useradd nor pw to make it"; fi
}

accounts() {
  add_group nofiles
  add_group qmail
  h=${accounts_home:-$home}
  add_user alias nofiles "$h/alias"
  for u in qmaild qmaill qmailp; do add_user "$u" nofiles "$h"; done
  for u in qmailq qmailr qmails; do add_user "$u" qmail "$h"; done
}

queue() {
  nsplit=0
  while [ -d "$home/queue/mess/$nsplit" ]; do nsplit=$((nsplit + 1)); done
  if [ "$nsplit" = 0 ]; then nsplit=23; fi
  folder queue qmailq qmail 0750
  folder queue/pid qmailq qmail 0700
  folder queue/intd qmailq qmail 0700
  folder queue/todo qmailq qmail 0750
  folder queue/bounce qmails qmail 0700
  split mess qmailq 0750
  split info qmails 0700
  split local qmails 0700
  split remote qmails 0700
  folder queue/lock qmailq qmail 0750
  if [ ! -f "$home/queue/lock/tcpto" ]; then
    dd if=/dev/zero of="$home/queue/lock/tcpto" bs=1024 count=1 2>/dev/null
  fi
  own qmailr qmail 0644 "$home/queue/lock/tcpto"
  if [ ! -f "$home/queue/lock/sendmutex" ]; then : > "$home/queue/lock/sendmutex"; fi
  own qmails qmail 0600 "$home/queue/lock/sendmutex"
  if [ ! -p "$home/queue/lock/trigger" ]; then mkfifo "$home/queue/lock/trigger"; fi
  own qmails qmail 0622 "$home/queue/lock/trigger"
}

# place FILE FOLDER NAME MODE OWNER: put there by a rename, so that a running
# program is never written into and a reader never sees half a file
place() {
  cp "$1" "$home/$2/.$3.new"
  own "$5" qmail "$4" "$home/$2/.$3.new"
  mv -f "$home/$2/.$3.new" "$home/$2/$3"
}

# also NAME FOLDER PROGRAM: gives what bin/PROGRAM is one more name
also() {
  ln -f "$home/bin/$3" "$home/$2/.$1.new"
  mv -f "$home/$2/.$1.new" "$home/$2/$1"
}

programs() {
  if [ "$compact" = 1 ]; then
    for n in $combined; do place "$built/$n" bin "$n" 0755 root; done
  else
    rm -f "$home/bin/qmailkit" "$home"/bin/qmailkit-*
  fi
  for c in $(commands); do
    n=${c##*/} dir=bin mode=0755 owner=root
    case " $setup_programs " in *" $n "*) dir=setup ;; esac
    case $n in
      qmail-queue) owner=qmailq; if [ "$root" = 1 ]; then mode=4711; else mode=0711; fi ;;
      qmail-lspawn|qmail-start|qmail-newu|qmail-newmrh|qmail-newmvrt|qmail-newmgrt|qmail-recipients|qmail-newpasswd|qmail-rcptd|qmail-queued) mode=0700 ;;
      # qmailr, of the group qmail, reads these two to see whether one may stand in for the other.
      qmail-remote|qmail-rspawn) mode=0751 ;;
      qmail-getpw|qmail-local|qmail-clean|qmail-send|splogger|qmail-pw2u|qmail-popup)
        mode=0711 ;;
    esac
    program=''
    if [ "$compact" = 1 ]; then program=$(combined_in "$c"); fi
    if [ -n "$program" ]; then also "$n" "$dir" "$program"
    else place "$built/$n" "$dir" "$n" "$mode" "$owner"; fi
  done
  if [ -f "$home/bin/sendmail" ]; then ln -sf sendmail "$home/bin/mailq"; fi
}

# text WORD FILE FOLDER NAME MODE: FILE with the home in the place of WORD
text() {
  at=$(printf %s "$home" | sed 's/[&\\|]/\\&/g')
  sed "s|$1|$at|g" "$2" > "$tmp"
  place "$tmp" "$3" "$4" "$5" root
}

# The boot scripts and the commands that are scripts, where QMAILHOME is the
# home, and the pages, which speak of the usual one.
texts() {
  for f in boot/*; do
    if [ -f "$f" ]; then text QMAILHOME "$f" boot "${f##*/}" 0755; fi
  done
  for f in svc/sh/*; do
    if [ -f "$f" ]; then text QMAILHOME "$f" bin "${f##*/}" 0755; fi
  done
  for f in man/*.[1-9]; do
    if [ ! -f "$f" ]; then continue; fi
    folder "man/man${f##*.}" root qmail 0755
    text /var/qmail "$f" "man/man${f##*.}" "${f##*/}" 0644
  done
}

install_home() {
  # A folder's set-group-id bit needs a group that the user is in.
  if [ "$root" = 1 ]; then alias_mode=2755; accounts; else alias_mode=0755; fi
  mkdir -p "$home" || die "cannot make $home"
  tmp=$(mktemp "${TMPDIR:-/tmp}/qmailkit.XXXXXX")
  own root qmail 0755 "$home"
  for d in control users bin boot setup man; do folder "$d" root qmail 0755; done
  folder alias alias qmail "$alias_mode"
  queue
  programs
  texts
  rm -f "$tmp"
  echo "build.sh: $(du -sk "$home/bin" "$home/setup" "$home/man" "$home/boot" | awk '{ n += $1 } END { print n }') kilobytes of programs and pages in $home"
}

while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -ge 2 ] || die "--prefix needs a folder"; home=$2; shift 2 ;;
    --out)
      [ $# -ge 2 ] || die "--out needs a folder"
      case $2 in /*) out=$2 ;; *) out=$caller/$2 ;; esac
      shift 2 ;;
    --accounts) [ $# -ge 2 ] || die "--accounts needs a folder"; accounts_home=$2; shift 2 ;;
    --compact) compact=1; shift ;;
    --services) services=1; shift ;;
    --host) [ $# -ge 2 ] || die "--host needs a name"; host=$2; shift 2 ;;
    install|services|demo|test) action=$1; shift ;;
    bench) action=$1; shift; break ;;
    *) die "usage: build.sh [--compact] [--out DIR] [--prefix DIR] [--host NAME] [install [--services] | services | demo | test | bench]" ;;
  esac
done
case $action in
  build) build ;;
  install|services)
    # shellcheck source=build/services.sh
    . ./build/services.sh
    if [ "$action" = services ]; then services=1; fi
    if [ "$services" = 1 ]; then services_ready; fi
    if [ "$action" = install ]; then build; install_home; fi
    if [ "$services" = 1 ]; then install_services; fi ;;
  demo)
    # shellcheck source=build/demo.sh
    . ./build/demo.sh
    demo ;;
  test)
    # shellcheck source=build/test.sh
    . ./build/test.sh
    run_tests ;;
  bench)
    # shellcheck source=build/bench.sh
    . ./build/bench.sh
    bench "$@" ;;
esac
