# shellcheck shell=sh
# The --services part of build.sh: a folder for each service below the home's
# service, where svscan runs them, and what other service managers want. What
# is there already stays as it is.

all_services="qmail-queued qmail-rcptd qmail-send qmail-smtpd qmail-submission qmail-submissions qmail-pop3d qmail-qmqpd"

# services_ready: before anything is built or changed
services_ready() {
  if [ -z "$host" ] && [ ! -s "$home/control/me" ]; then
    die "control/me is missing: --host mx.example.org says what this host is called, and that all mail to that name is taken here"
  fi
  if [ "$action" = services ] && [ ! -x "$home/bin/tcprules" ]; then die "$home/bin/tcprules is missing: run install first"; fi
}

# template FILE FOLDER NAME MODE: installs it for this home. That of an
# ordinary user has no other users, no ports below 1024, and no namespaces of
# its own.
template() {
  if [ "$root" = 1 ]; then text QMAILHOME "$@"; return; fi
  sed -e 's/ envuidgid qmaild / /' -e 's/ -U / /' -e 's/ setuidgid qmaill / /' \
    -e 's/^port=25$/port=2525/' -e 's/^port=\([1-9][0-9][0-9]\)$/port=2\1/' \
    -e '/^CapabilityBoundingSet=/d' -e '/^Private/d' -e '/^Protect/d' -e '/^ReadWritePaths=/d' \
    -e 's/multi-user\.target/default.target/' "$1" > "$single"
  shift
  text QMAILHOME "$single" "$@"
}

# rules SERVICE: who may connect
rules() {
  case $1 in
    qmail-smtpd) printf '%s\n' '# This host may send to anywhere, others to the domains in control/rcpthosts.' \
      '127.:allow,RELAYCLIENT=""' ':allow' ;;
    qmail-qmqpd) printf '%s\n' '# These hosts may send anything to anywhere.' '127.:allow' ':deny' ;;
    qmail-sub*|qmail-pop3d) echo ':allow' ;;
  esac
}

# lacks SERVICE FOLDER: prints what keeps it from being up
lacks() {
  case $1 in
    qmail-sub*|qmail-pop3d)
      if [ ! -s "$home/control/servercert.pem" ]; then
        echo "control/servercert.pem is missing: the certificate, its chain and the key"
      fi ;;
  esac
  case $1 in
    qmail-sub*)
      if [ ! -f "$home/control/scram.cdb" ] && [ ! -u "$home/bin/checkpassword" ] &&
        { [ "$root" = 1 ] || [ ! -f "$home/users/passwd.cdb" ]; }; then
        echo "there are no passwords that it may check: see qmail-services(7)"
      fi ;;
    qmail-pop3d)
      if [ "$root" = 0 ] && [ ! -f "$home/users/passwd.cdb" ]; then
        echo "users/passwd.cdb is missing: see qmail-newpasswd(8)"
      fi ;;
    qmail-qmqpd)
      if ! grep -v -e '^#' -e '^127\.:' "$2/rules" | grep -q ':allow'; then
        echo "rules names no other hosts yet that may send"
      fi ;;
  esac
}

# lay_out SERVICE: made under a name that svscan passes over, until it is whole
lay_out() {
  new=service/.$1.new
  rm -rf "${home:?}/$new"
  folder "$new" root qmail 0755
  folder "$new/log" root qmail 0755
  folder "$new/log/main" qmaill nofiles 0700
  template "boot/service/$1" "$new" run 0755
  template boot/service/log "$new/log" run 0755
  rules "$1" > "$home/$new/rules"
  if [ -s "$home/$new/rules" ]; then own root qmail 0644 "$home/$new/rules"; else rm "$home/$new/rules"; fi
  compile_rules "$new"
  lacks "$1" "$home/$new" > "$home/$new/down"
  if [ -s "$home/$new/down" ]; then
    own root qmail 0644 "$home/$new/down"
    sed "s,^,build.sh: $1 is down: ," "$home/$new/down"
  else rm "$home/$new/down"; fi
  mv "$home/$new" "$home/service/$1"
}

# compile_rules FOLDER: unless that was done
compile_rules() {
  if [ -f "$home/$1/rules" ] && [ ! -f "$home/$1/rules.cdb" ]; then
    "$home/bin/tcprules" "$home/$1/rules.cdb" "$home/$1/rules.tmp" < "$home/$1/rules" || die "$home/$1/rules are no rules"
    own root qmail 0644 "$home/$1/rules.cdb"
  fi
}

# control NAME TEXT
control() {
  if [ ! -f "$home/control/$1" ]; then
    printf '%s\n' "$2" > "$home/control/$1"
    own root qmail 0644 "$home/control/$1"
  fi
}

# new_home: what one that has not been set up gets. Mail for those that every
# host has to have, and for root, goes into a Maildir of alias.
new_home() {
  "$home/setup/config-fast" "$host" || die "setup/config-fast failed"
  control smtpextensions ENHANCEDSTATUSCODES
  control databytes 50000000
  control timeoutsmtpd 300
  for a in postmaster mailer-daemon abuse root; do
    if [ ! -f "$home/alias/.qmail-$a" ]; then : > "$home/alias/.qmail-$a"; fi
    own alias qmail 0644 "$home/alias/.qmail-$a"
  done
  if [ ! -d "$home/alias/Maildir" ]; then
    for d in '' /new /cur /tmp; do folder "alias/Maildir$d" alias qmail 0700; done
  fi
}

# managers: what other service managers are given
managers() {
  template boot/services boot services 0755
  for d in systemd openrc rc.d; do
    folder "boot/$d" root qmail 0755
    for f in "boot/$d"/*; do
      mode=0755
      if [ "$d" = systemd ]; then mode=0644; fi
      template "$f" "boot/$d" "${f##*/}" "$mode"
    done
  done
}

install_services() {
  tmp=$(mktemp "${TMPDIR:-/tmp}/qmailkit.XXXXXX")
  single=$(mktemp "${TMPDIR:-/tmp}/qmailkit.XXXXXX")
  if [ ! -s "$home/control/me" ]; then new_home; fi
  folder run root qmail 0755
  folder service root qmail 0755
  for n in $all_services; do
    if [ -e "$home/service/$n" ]; then
      compile_rules "service/$n"
      if [ ! -e "$home/service/$n/down" ]; then
        lacks "$n" "$home/service/$n" | sed "s,^,build.sh: $n is not marked as down: ,"
      fi
    else lay_out "$n"; fi
  done
  managers
  rm -f "$tmp" "$single"
  echo "build.sh: services in $home/service; $home/boot/services runs them"
}
