# shellcheck shell=sh
# The demo part of build.sh: a home below $out, a message sent and delivered.
# It touches nobody's real mail: the address demo@demo.localhost leads, by the
# home's users/assign, to a Maildir inside the home.

# reachable FOLDER: may everybody pass all folders on the way to it?
reachable() {
  d=$1
  while [ "$d" != / ]; do
    # shellcheck disable=SC2012 # the mode is wanted, not the name
    case $(ls -ld "$d" | cut -c10) in x|t) ;; *) return 1 ;; esac
    d=$(dirname "$d")
  done
}

# await WHAT COMMAND...: until the command succeeds, for a minute at most
await() {
  what=$1 tries=0
  shift
  until "$@"; do
    tries=$((tries + 1))
    if ! kill -0 "$pid" 2>/dev/null; then cat "$home/log"; die "demo: qmail-start ended"; fi
    if [ "$tries" = 300 ]; then cat "$home/log"; die "demo: waited in vain for $what"; fi
    sleep 0.2
  done
}

arrived() { [ -n "$(ls "$home/people/demo/Maildir/new")" ]; }

demo_control() {
  echo demo.localhost > "$home/control/me"
  echo demo.localhost > "$home/control/locals"
  echo demo.localhost > "$home/control/rcpthosts"
  # The user that the mail is delivered as: root never is one.
  if [ "$root" = 1 ]; then user=alias; else user=$(id -un 2>/dev/null || echo demo); fi
  if [ "$root" = 1 ]; then uid=$(id -u alias) gid=$(id -g alias); else uid=$(id -u) gid=$(id -g); fi
  mkdir -p "$home/people/demo"
  "$home/bin/maildirmake" "$home/people/demo/Maildir"
  if [ "$root" = 1 ]; then chown -R "$uid:$gid" "$home/people/demo"; fi
  printf '=demo:%s:%s:%s:%s:::\n.\n' "$user" "$uid" "$gid" "$home/people/demo" > "$home/users/assign"
  "$home/bin/qmail-newu"
}

demo() {
  accounts_home=/var/qmail
  mkdir -p "$out"
  if [ "$(id -u)" != 0 ] || reachable "$out"; then
    home=$out/demo
    rm -rf "$home"
  else
    home=$(mktemp -d /tmp/qmailkit-demo.XXXXXX)
  fi
  case $home in *:*) die "demo: $home: must be without a colon" ;; esac
  echo "demo: building, and a home in $home"
  build
  install_home
  demo_control
  PATH=$home/bin:$PATH qmail-start ./Maildir/ > "$home/log" 2>&1 < /dev/null &
  pid=$!
  # shellcheck disable=SC2064 # this pid
  trap "kill $pid 2>/dev/null" EXIT
  printf 'To: demo@demo.localhost\nSubject: it works\n\nSent with sendmail, delivered by qmail-local.\n' |
    "$home/bin/sendmail" -f demo@demo.localhost -t
  await "the message" arrived
  await "the end of the delivery" grep -q 'end msg' "$home/log"
  kill -TERM "$pid"
  wait "$pid"
  trap - EXIT
  echo "demo: the log of qmail-send:"
  sed 's/^/  /' "$home/log"
  echo "demo: the message, in $home/people/demo/Maildir/new:"
  sed 's/^/  /' "$home"/people/demo/Maildir/new/*
  echo "demo: delivered"
}
