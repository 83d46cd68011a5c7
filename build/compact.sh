# shellcheck shell=sh
# The compact part of build.sh: commands linked into a few programs, which find
# out by their names what they are to do. A command's folder is package main,
# which nothing can import, so its files are compiled under another name and
# place, where only the go command sees them (-overlay).

# What stays a program of its own: what is set-uid, what stays root, and what
# hears every SMTP client: the less there is in it the better. What has no more
# power than the user who runs it, or gives it up, is combined.
own_programs="qmail-queue qmail-start qmail-lspawn qmail-smtpd supervise svscan"

# What runs for a message or a connection, once or more. A program's size, and
# what its packages prepare, are part of what its start costs, so these are
# combined apart from what stays and what a person or a script runs now and then.
hot_commands="qmail-inject sendmail forward condredirect bouncesaying except preline dot-forward fastforward \
qmail-local qmail-getpw qmail-qmqpd qmail-qmtpd qmail-pop3d setuidgid envuidgid envdir setlock softlimit"

# What only people run: the biggest of all, and one that prepares tables of all
# characters whenever it starts.
people_commands="qmail qmail-scram"

# What these and the others are combined into.
combined="qmailkit-mail qmailkit qmailkit-more qmailkit-people"

# combined_in COMMAND: which of these it is in, if any
combined_in() {
  case "$hot " in *" $1 "*) echo qmailkit-mail ;; esac
  case "$light " in *" $1 "*) echo qmailkit ;; esac
  case "$more " in *" $1 "*) echo qmailkit-more ;; esac
  case "$people " in *" $1 "*) echo qmailkit-people ;; esac
}

# among LIST COMMAND: whether it is one of them
among() {
  case " $1 " in *" $2 "*) return 0 ;; esac
  return 1
}

# heavy COMMAND: whether it is made of what slows down every start, to be kept
# away from the rest
heavy() { printf '%s\n' "$heavy_commands" | grep -q -x "qmailkit/$1"; }

# camouflage COMMAND: its files as those of an importable package
camouflage() {
  n=${1##*/}
  mkdir -p "$files/$n"
  for f in "$1"/*.go; do
    case $f in */main.go|*_test.go) continue ;; esac
    sed 's/^package main$/package command/' "$f" > "$files/$n/${f##*/}"
    printf '"%s/compact/%s/%s": "%s/%s/%s",\n' "$PWD" "$n" "${f##*/}" "$files" "$n" "${f##*/}" >> "$files/overlay"
  done
}

# combine PROGRAM COMMAND...: a main package that becomes the command it is
# called by
combine() {
  program=$1
  shift
  {
    printf 'package main\n\nimport (\n\t"qmailkit/internal/cmd"\n\t"qmailkit/internal/multicall"\n'
    if [ "$program" = qmailkit-mail ]; then printf '\t_ "qmailkit/internal/brief"\n'; fi
    i=0
    for c in "$@"; do printf '\tc%d "qmailkit/compact/%s"\n' "$i" "${c##*/}"; i=$((i + 1)); done
    printf ')\n\nfunc main() { multicall.Main(find) }\n\nfunc find(name string) (called string, run func(*cmd.Proc) error) {\n\tswitch name {\n'
    i=0
    for c in "$@"; do
      called=$(sed -n 's/.*cmd\.Main("\([^"]*\)", Run).*/\1/p' "$c/main.go")
      if [ -z "$called" ]; then die "$c/main.go does more than to call cmd.Main"; fi
      names="\"${c##*/}\""
      if [ "${c##*/}" = sendmail ]; then names="$names, \"mailq\""; fi
      printf '\tcase %s:\n\t\treturn "%s", c%d.Run\n' "$names" "$called" "$i"
      i=$((i + 1))
    done
    printf '\t}\n\treturn "", nil\n}\n'
  } > "$files/$program.go"
  printf '"%s/compact/%s/main.go": "%s/%s.go",\n' "$PWD" "$program" "$files" "$program" >> "$files/overlay"
}

# build_compact builds $out/compact/bin: programs of their own, the combined
# ones, and a hard link to one of these for each command in it.
build_compact() {
  files=$out/compact/_source # the go command passes over such a name
  rm -rf "$out/compact"
  mkdir -p "$files" "$out/compact/bin"
  alone='' hot='' light='' more='' people=''
  # shellcheck disable=SC2046 # one word a package
  heavy_commands=$(go list -f '{{.ImportPath}} {{join .Deps " "}} ' $(commands | sed 's,^,./,') |
    grep -e ' net ' -e ' crypto/' -e ' debug/' -e ' regexp ' -e ' github.com/' | sed 's/ .*//')
  for c in $(commands); do
    if among "$own_programs" "${c##*/}"; then alone="$alone ./$c"; continue; fi
    if among "$hot_commands" "${c##*/}"; then hot="$hot $c"
    elif among "$people_commands" "${c##*/}"; then people="$people $c"
    elif heavy "$c"; then more="$more $c"
    else light="$light $c"; fi
    camouflage "$c"
  done
  # shellcheck disable=SC2086 # lists of words
  combine qmailkit-mail $hot
  # shellcheck disable=SC2086
  combine qmailkit $light
  # shellcheck disable=SC2086
  combine qmailkit-more $more
  # shellcheck disable=SC2086
  combine qmailkit-people $people
  { echo '{"Replace": {'; sed '$s/,$//' "$files/overlay"; echo '}}'; } > "$files/overlay.json"
  # shellcheck disable=SC2046,SC2086 # lists of words
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags "$tag" -ldflags "$ldflags" -overlay "$files/overlay.json" \
    -o "$out/compact/bin/" $alone $(printf './compact/%s ' $combined)
  settle "$out/compact/bin"
  for c in $hot; do ln "$out/compact/bin/qmailkit-mail" "$out/compact/bin/${c##*/}"; done
  for c in $light; do ln "$out/compact/bin/qmailkit" "$out/compact/bin/${c##*/}"; done
  for c in $more; do ln "$out/compact/bin/qmailkit-more" "$out/compact/bin/${c##*/}"; done
  for c in $people; do ln "$out/compact/bin/qmailkit-people" "$out/compact/bin/${c##*/}"; done
}
