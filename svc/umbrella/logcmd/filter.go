package logcmd

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

// filter says what is to be shown.
type filter struct {
	sender, recipient, host, status string // "" for any
	message, qp                     uint64 // 0 for any
	since, until                    time.Time
	mail                            bool // only a message fits
}

// inQueue is the status of a message whose end has not been logged.
const inQueue = "waiting"

// states are the words that --status takes.
var states = [...]string{logs.Delivered, logs.Failed, logs.Deferred, logs.Bounced, logs.Ended, inQueue, logs.Denied, logs.Problem}

func filterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "sender", Usage: "messages from `PATTERN`: a part of the address, or all of it with * for anything; <> for none"},
		&cli.StringFlag{Name: "recipient", Usage: "messages with a delivery to `PATTERN`"},
		&cli.StringFlag{Name: "host", Usage: "what has to do with `PATTERN`: a sender's or recipient's host, a client's name or address"},
		&cli.Uint64Flag{Name: "message", Usage: "messages with this `NUMBER` in the queue"},
		&cli.Uint64Flag{Name: "qp", Usage: "messages that the process with this `NUMBER` has queued"},
		&cli.StringFlag{Name: "status", Usage: "what was or is `STATUS`: " + strings.Join(states[:], ", ")},
		&cli.StringFlag{Name: "since", Usage: "what happened at `TIME` or later: 90s, 5m, 2h, 3d, 1w ago, 15:04, 2026-11-22 or 2026-11-22T15:04:05"},
		&cli.StringFlag{Name: "until", Usage: "what happened before `TIME`"},
	}
}

func parse(p *cmd.Proc, c *cli.Context) (*filter, error) {
	f := &filter{
		sender: c.String("sender"), recipient: c.String("recipient"), host: c.String("host"), status: c.String("status"),
		message: c.Uint64("message"), qp: c.Uint64("qp"),
	}
	if f.status != "" && !slices.Contains(states[:], f.status) {
		return nil, umbrella.Usage(c, "--status is one of "+strings.Join(states[:], ", "))
	}
	f.mail = f.sender != "" || f.recipient != "" || f.message != 0 || f.qp != 0
	var err error
	if f.since, f.until, err = umbrella.Span(p, c); err != nil {
		return nil, err
	}
	return f, nil
}

// within tells whether something that lasted from the one time to the other
// is of the time that is meant.
func (f *filter) within(from, to time.Time) bool {
	return !to.Before(f.since) && (f.until.IsZero() || from.Before(f.until))
}

func hostOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// message tells whether a message as a whole is meant.
func (f *filter) fits(m *logs.Message) bool {
	if !f.about(m) || !f.within(m.Begun, m.Last) {
		return false
	}
	if f.recipient != "" && !slices.ContainsFunc(m.Deliveries, func(d *logs.Delivery) bool { return umbrella.Like(f.recipient, d.Recipient) }) {
		return false
	}
	if f.host != "" && !umbrella.Like(f.host, hostOf(m.Sender)) &&
		!slices.ContainsFunc(m.Deliveries, func(d *logs.Delivery) bool { return umbrella.Like(f.host, hostOf(d.Recipient)) }) {
		return false
	}
	switch f.status {
	case "":
		return true
	case logs.Bounced:
		return m.BounceQP != 0
	case logs.Ended:
		return m.Ended
	case inQueue:
		return !m.Ended
	}
	return slices.ContainsFunc(m.Deliveries, func(d *logs.Delivery) bool { return d.Result == f.status })
}

// about tells whether what is asked of the message itself fits.
func (f *filter) about(m *logs.Message) bool {
	return (f.message == 0 || f.message == m.ID) && (f.qp == 0 || f.qp == m.QP && m.Known) &&
		(f.sender == "" || m.Known && umbrella.Like(f.sender, m.Sender))
}

// connection tells whether one is meant.
func (f *filter) connection(c *logs.Connection, from, to time.Time) bool {
	return !f.mail && f.within(from, to) && (f.status == "" || f.status == logs.Denied && c.Denied) &&
		(f.host == "" || umbrella.Like(f.host, c.IP) || c.Host != "" && umbrella.Like(f.host, c.Host))
}

// line tells whether any other line is meant.
func (f *filter) line(e *logs.Event) bool {
	return !f.mail && f.host == "" && f.within(e.Time, e.Time) && (f.status == "" || f.status == e.What)
}

// event tells whether one event is meant.
func (f *filter) event(e *logs.Event) bool {
	switch {
	case e.What == logs.Load || e.What == logs.Sessions:
		return false
	case e.Connection != nil:
		return f.connection(e.Connection, e.Time, e.Time)
	case e.Message == nil:
		return f.line(e)
	}
	if !f.about(e.Message) || !f.within(e.Time, e.Time) || f.status != "" && f.status != e.What && (f.status != inQueue || e.Message.Ended) {
		return false
	}
	if e.Delivery == nil {
		return f.recipient == "" && (f.host == "" || umbrella.Like(f.host, hostOf(e.Message.Sender)))
	}
	return (f.recipient == "" || umbrella.Like(f.recipient, e.Delivery.Recipient)) &&
		(f.host == "" || umbrella.Like(f.host, hostOf(e.Delivery.Recipient)) || umbrella.Like(f.host, hostOf(e.Message.Sender)))
}
