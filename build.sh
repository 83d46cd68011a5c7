#!/bin/sh
# Builds qmailkit, installs it, shows it and tests it; README.md tells how.
#
#   build.sh                        every program into ./out/bin, for the home /var/qmail
#   build.sh --prefix DIR install   a home in DIR: as root with qmail's own users, as anyone else a single-user home
#   build.sh demo                   a home below ./out, a message sent and delivered
#   build.sh test                   all that CI runs
set -eu
cd "$(dirname "$0")"

home=/var/qmail
components="inject send local remote maildir qmtp qmqp svc"

die() { echo "build.sh: $*" >&2; exit 111; }

# What is run from an installation's setup folder, and not from bin: its
# "hostname" must not stand before the system's own on an rc script's PATH.
setup_programs="hostname ipmeprint dnsip dnsfq dnsptr dnsmxip config config-fast"

commands() {
  for c in $components; do
    for d in "$c"/*/main.go; do
      if [ -f "$d" ]; then echo "${d%/main.go}"; fi
    done
  done
}

build() {
  command -v go >/dev/null || die "go is missing: https://go.dev/doc/install, 1.26 or newer"
  case $home in /*) ;; *) die "--prefix $home: must be an absolute path" ;; esac
  mkdir -p out/bin
  # shellcheck disable=SC2046 # one word a package
  CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X qmailkit/internal/home.dir=$home" -o out/bin/ $(commands | sed 's,^,./,')
}

# own USER GROUP MODE FILE...: in a single-user home all belongs to that user.
own() {
  u=$1 g=$2 m=$3
  shift 3
  if [ "$root" = 1 ]; then chown "$u:$g" "$@"; fi
  chmod "$m" "$@"
}

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

add_group() {
  if grep -q "^$1:" /etc/group; then return; fi
  if command -v groupadd >/dev/null; then groupadd "$1"
  elif command -v pw >/dev/null; then pw groupadd "$1"
  else die "group $1 is missing and there is neither groupadd nor pw to make it"; fi
}

add_user() { # NAME GROUP HOME
  if grep -q "^$1:" /etc/passwd; then return; fi
  if command -v useradd >/dev/null; then useradd -g "$2" -d "$3" -s /bin/false "$1"
  elif command -v pw >/dev/null; then pw useradd "$1" -g "$2" -d "$3" -s /usr/sbin/nologin
  else die "user $1 is missing and there is neither useradd nor pw to make it"; fi
}

accounts() {
  add_group nofiles
  add_group qmail
  add_user alias nofiles "$home/alias"
  for u in qmaild qmaill qmailp; do add_user "$u" nofiles "$home"; done
  for u in qmailq qmailr qmails; do add_user "$u" qmail "$home"; done
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
  if [ ! -f "$home/queue/lock/tcpto" ]; then head -c 1024 /dev/zero > "$home/queue/lock/tcpto"; fi
  own qmailr qmail 0644 "$home/queue/lock/tcpto"
  if [ ! -f "$home/queue/lock/sendmutex" ]; then : > "$home/queue/lock/sendmutex"; fi
  own qmails qmail 0600 "$home/queue/lock/sendmutex"
  if [ ! -p "$home/queue/lock/trigger" ]; then mkfifo "$home/queue/lock/trigger"; fi
  own qmails qmail 0622 "$home/queue/lock/trigger"
}

# program MODE OWNER FILE: put in place by a rename, so that a running program is never written into
program() {
  cp "out/bin/$3" "$home/$4/.$3.new"
  own "$2" qmail "$1" "$home/$4/.$3.new"
  mv -f "$home/$4/.$3.new" "$home/$4/$3"
}

programs() {
  for c in $(commands); do
    n=${c##*/}
    case " $setup_programs " in *" $n "*) program 0755 root "$n" setup; continue ;; esac
    case $n in
      qmail-queue) program 4711 qmailq "$n" bin ;;
      qmail-lspawn|qmail-start|qmail-newu|qmail-newmrh) program 0700 root "$n" bin ;;
      qmail-getpw|qmail-local|qmail-remote|qmail-rspawn|qmail-clean|qmail-send|splogger|qmail-pw2u|qmail-popup)
        program 0711 root "$n" bin ;;
      *) program 0755 root "$n" bin ;;
    esac
  done
  if [ -f out/bin/sendmail ]; then
    ln -sf sendmail "$home/bin/mailq"
  fi
}

install_home() {
  if [ "$(id -u)" = 0 ]; then root=1; accounts; else root=0; fi
  mkdir -p "$home" || die "cannot make $home"
  own root qmail 0755 "$home"
  for d in control users bin boot setup man; do folder "$d" root qmail 0755; done
  folder alias alias qmail 2755
  queue
  programs
}

while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -ge 2 ] || die "--prefix needs a folder"; home=$2; shift 2 ;;
    install) build; install_home; exit ;;
    *) die "usage: build.sh [--prefix DIR] [install | demo | test]" ;;
  esac
done
build
