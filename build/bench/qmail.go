package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"strings"
)

// listener is the qmail-smtpd that listens by itself. It takes tcpserver's
// options. Without the program, SMTP comes in through tcpserver and qmail-smtpd.
const listener = "qmail-smtpd-listen"

// usualClients is how many connections a server takes at once.
const usualClients = 200

// qmail is one of qmail's installations: the C programs, ours, or ours with
// the programs that stay.
type qmail struct {
	*bench
	called    string
	home      string
	tcpserver string
	resident  bool

	clients      int // at once
	at           string
	send         *daemon
	smtpd        *daemon
	queueOwner   *daemon
	env          []string
	uidOf, gidOf string // of qmaild, for tcpserver
}

func (q *qmail) name() string    { return q.called }
func (q *qmail) address() string { return q.at }

func (q *qmail) durability() string {
	if q.called == nameC {
		return "message and envelope fsynced before 250 (2), the mail's file before it counts (1); folders are not"
	}
	return "message, envelope and both their folders fsynced before 250 (4), the mail's file and its folder before it counts (2)"
}

// listening tells whether there is a qmail-smtpd that needs no tcpserver.
func (q *qmail) listening() bool {
	_, err := os.Stat(q.home + "/bin/" + listener)
	return q.resident && err == nil
}

func (q *qmail) setUp() error {
	q.env = []string{"PATH=" + q.home + "/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "TZ=UTC", "RELAYCLIENT="}
	who, err := osuser.Lookup("qmaild")
	if err != nil {
		return err
	}
	q.uidOf, q.gidOf = who.Uid, who.Gid
	if q.at, err = freeAddress(); err != nil {
		return err
	}
	if err := clear(q.home+"/control", q.home+"/users", q.home+"/alias"); err != nil {
		return err
	}
	q.clients = usualClients
	for name, text := range map[string]string{
		"me": host + "\n", "locals": host + "\n", "rcpthosts": host + "\n", "smtproutes": ":" + q.sinkAt + "\n",
		"concurrencylocal": deliveries, "concurrencyremote": deliveries,
	} {
		if err := os.WriteFile(q.home+"/control/"+name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return q.empty()
}

func (q *qmail) start(ctx context.Context) error {
	if err := q.front(ctx); err != nil {
		return err
	}
	var err error
	log := q.dir + "/send.log"
	if q.send, err = launch(log, q.env, q.home+"/bin/qmail-start", "./Maildir/"); err != nil {
		return err
	}
	return await(ctx, "qmail-send", func() bool {
		text, _ := os.ReadFile(log)
		return bytes.Contains(text, []byte("status: "))
	})
}

func (q *qmail) front(ctx context.Context) error {
	var err error
	if q.resident {
		if q.queueOwner, err = launch(q.dir+"/queued.log", q.env, q.home+"/bin/qmail-queued"); err != nil {
			return err
		}
		socket := q.home + "/run/queue"
		if err := await(ctx, socket, func() bool { _, err := os.Stat(socket); return err == nil }); err != nil {
			return err
		}
	}
	address, port, _ := strings.Cut(q.at, ":")
	argv := []string{q.tcpserver, "-c" + strconv.Itoa(q.clients), "-b200", "-HRl0", "-u" + q.uidOf, "-g" + q.gidOf, address, port, q.home + "/bin/qmail-smtpd"}
	if q.listening() {
		argv = argv[:len(argv)-1]
		argv[0] = q.home + "/bin/" + listener
	}
	if q.smtpd, err = launch(q.dir+"/smtpd.log", q.env, argv...); err != nil {
		return err
	}
	return await(ctx, q.called+" at "+q.at, listens(q.at))
}

func (q *qmail) stop() {
	q.smtpd.stop()
	q.send.stop()
	q.queueOwner.stop()
	q.smtpd, q.send, q.queueOwner = nil, nil, nil
}

func (q *qmail) shell() string { return "'" + q.home + "/bin/qmail-inject' " + user + "@" + host }

func (q *qmail) list(ctx context.Context, recipients []string) error {
	message, err := os.Open(q.message())
	if err != nil {
		return err
	}
	defer message.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	c := exec.CommandContext(ctx, q.home+"/bin/qmail-queue")
	c.Env, c.Stdin, c.Stdout, c.Stderr = q.env, message, r, q.p.Stderr
	err = c.Start()
	r.Close()
	if err != nil {
		return err
	}
	_, err = w.WriteString("Fsender@" + host + "\x00T" + strings.Join(recipients, "\x00T") + "\x00\x00")
	w.Close()
	if werr := c.Wait(); werr != nil {
		return werr
	}
	return err
}

func (q *qmail) queued() int { return count(q.home + "/queue/mess/*") }

func (q *qmail) empty() error {
	root := q.home + "/queue/"
	if err := clear(root+"todo", root+"todo/*", root+"intd", root+"intd/*", root+"mess/*", root+"info/*", root+"local/*", root+"remote/*", root+"bounce", root+"pid"); err != nil {
		return err
	}
	return q.noMail()
}
