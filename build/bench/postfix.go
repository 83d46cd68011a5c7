package main

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"

	"qmailkit/internal/postfixpeer"
)

// postfix is a Postfix with a configuration and a queue of its own, and
// otherwise as it comes: nothing about its durability is changed.
type postfix struct {
	*bench
	dir string
	at  string
}

// What the bench's has beside what every one has.
const (
	postfixMain = `myhostname = test.example
virtual_mailbox_domains = test.example
virtual_mailbox_base = PEOPLE
virtual_mailbox_maps = static:Maildir/
virtual_uid_maps = static:UID
virtual_gid_maps = static:GID
relayhost = SINK
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_client_connection_count_limit = 0
default_process_limit = LIMIT
default_destination_concurrency_limit = LIMIT
`
	postfixMaster = `AT inet n - n - - smtpd
smtp unix - - n - - smtp
relay unix - - n - - smtp
discard unix - - n - - discard
`
)

func (f *postfix) name() string    { return namePostfix }
func (f *postfix) address() string { return f.at }

func (f *postfix) durability() string {
	return "as it comes: one queue file fsynced before 250 (1), the mail's file before it counts (1); folders are not"
}

func (f *postfix) setUp() (err error) {
	if f.at, err = freeAddress(); err != nil {
		return err
	}
	sinkHost, sinkPort, _ := strings.Cut(f.sinkAt, ":")
	fill := strings.NewReplacer("PEOPLE", f.people, "UID", strconv.Itoa(f.uid), "GID", strconv.Itoa(f.gid),
		"SINK", "["+sinkHost+"]:"+sinkPort, "LIMIT", strconv.Itoa(concurrency), "AT", f.at)
	return postfixpeer.Make(f.dir, fill.Replace(postfixMain), fill.Replace(postfixMaster))
}

func (f *postfix) start(ctx context.Context) error {
	if err := run(ctx, f.p.Env, "postfix", "-c", f.dir, "start"); err != nil {
		return err
	}
	return await(ctx, "Postfix at "+f.at, listens(f.at))
}

// front makes the queue's folders, which Postfix does when it starts. Its
// sendmail needs nothing that runs.
func (f *postfix) front(ctx context.Context) error {
	return run(ctx, f.p.Env, "postfix", "-c", f.dir, "check")
}

func (f *postfix) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*farewell)
	defer cancel()
	if run(ctx, f.p.Env, "postfix", "-c", f.dir, "status") == nil {
		run(ctx, f.p.Env, "postfix", "-c", f.dir, "stop")
	}
}

func (f *postfix) shell() string {
	return "sendmail -C '" + f.dir + "' -f sender@" + host + " " + user + "@" + host
}

func (f *postfix) list(ctx context.Context, recipients []string) error {
	script := `m=$1 d=$2; shift 2; exec sendmail -C "$d" -f sender@` + host + ` "$@" < "$m"`
	return run(ctx, f.p.Env, append([]string{"sh", "-c", script, "sh", f.message(), f.dir}, recipients...)...)
}

// folders of the queue that messages are in, hashed or not.
func (f *postfix) folders() []string {
	var all []string
	for _, d := range []string{"maildrop", "incoming", "active", "deferred", "deferred/*", "hold", "defer/*", "corrupt"} {
		all = append(all, f.dir+"/queue/"+d)
	}
	return all
}

func (f *postfix) queued() int {
	q := f.dir + "/queue/"
	// deferred and defer hold folders, which are not messages.
	return count(q+"maildrop", q+"incoming", q+"active", q+"deferred/*", q+"hold", q+"corrupt")
}

// sent counts what the log calls delivered.
func (f *postfix) sent() int {
	text, _ := os.ReadFile(f.dir + "/log")
	return bytes.Count(text, []byte(" status=sent "))
}

func (f *postfix) empty() error {
	if err := clear(f.folders()...); err != nil {
		return err
	}
	return f.noMail()
}
