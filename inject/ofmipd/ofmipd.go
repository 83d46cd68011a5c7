package main

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"qmailkit/inject"
	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/date822"
	"qmailkit/internal/mess822"
	"qmailkit/internal/qclient"
	"qmailkit/internal/sys"
	"qmailkit/internal/timeoutio"
	"qmailkit/internal/ucspi"
	"qmailkit/remote/smtpd"
)

const (
	greeting    = "ofmipd.local"
	replyConfig = "451 unable to read configuration (#4.3.0)"
	replyCDB    = "451 unable to read cdb (#4.3.0)"

	timeout     = 1200 * time.Second
	exitFailure = 1 // every session that does not end with QUIT
)

// Run serves the client on p's standard input and output. Its argument is a
// table of senders.
func Run(p *cmd.Proc) error {
	d := &daemon{proc: p, queue: func() (queue, error) { return qclient.Open(p) }}
	var err error
	if len(p.Args) > 0 {
		if d.senders, err = cdb.Open(p.Path(p.Args[0])); err == nil {
			defer d.senders.Close()
		}
	}
	if err == nil {
		d.rules, d.idHost, err = inject.Rewriting(control.Dir(p.InHome("control")), "", p.LookupEnv)
	}
	if err != nil {
		smtpd.Refuse(p.Stdout, replyConfig)
		return cmd.Silent(exitFailure)
	}
	sys.CatchPipe()
	s := d.session()
	s.In, s.Out = timeoutio.File{File: p.Stdin, Timeout: timeout}, timeoutio.File{File: p.Stdout, Timeout: timeout}
	if s.Serve() != nil {
		return cmd.Silent(exitFailure)
	}
	return nil
}

// session is one that is still to be given its connection.
func (d *daemon) session() *smtpd.Session {
	peer := ucspi.FromEnv(d.proc)
	return &smtpd.Session{
		Policy: &smtpd.Policy{
			Greeting: greeting, Relay: true, BareLF: true, OnMail: []smtpd.Check{d.check},
			Accepts:  func(string) (bool, error) { return true, nil },
			Received: func(now time.Time) string { return received(peer, now) },
		},
		Client: smtpd.Client{Peer: peer}, Open: d.open, Now: d.proc.Now,
	}
}

// daemon is what all messages of a session have in common.
type daemon struct {
	proc    *cmd.Proc
	queue   func() (queue, error) // begins a message
	senders *cdb.Reader           // nil without a table
	rules   mess822.Rules
	idHost  string
	count   int // of the Message-IDs so far
}

// received is the trace field; the client's name for itself is not in it.
func received(peer ucspi.Peer, now time.Time) string {
	who := ucspi.Safe(peer.RemoteIP)
	if peer.HasInfo {
		who = strings.ReplaceAll(ucspi.Safe(peer.RemoteInfo), "@", "?") + "@" + who
	}
	return "Received: (ofmipd " + who + "); " + date822.Format(now) + "\n"
}

// sender is who sends a message.
type sender struct {
	address  string  // the envelope sender
	replaced bool    // by the table: the message gets a new From field
	name     *string // goes into that field; nil for none
}

var errRecord = errors.New("bad record")

// sender rewrites an address and looks it up in the table.
func (d *daemon) sender(address string) (sender, error) {
	address = d.rules.Address(address)
	if d.senders == nil {
		return sender{address: address}, nil
	}
	data, found, err := d.senders.Find([]byte(address))
	if err != nil || !found {
		return sender{address: address}, err
	}
	name, replaced, ok := bytes.Cut(data, []byte{0})
	if !ok || bytes.IndexByte(replaced, 0) >= 0 {
		return sender{}, errRecord
	}
	s := sender{address: string(replaced), replaced: true}
	if text := string(name); text != "" {
		s.name = &text
	}
	return s, nil
}

func (d *daemon) check(_ *smtpd.Client, address string) string {
	if _, err := d.sender(address); err != nil {
		return replyCDB
	}
	return ""
}

func (d *daemon) open(c *smtpd.Client) (smtpd.Queue, error) {
	from, err := d.sender(c.Sender)
	if err != nil {
		return nil, err
	}
	q, err := d.queue()
	if err != nil {
		return nil, err
	}
	return newMessage(d, q, from), nil
}
