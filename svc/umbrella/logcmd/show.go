package logcmd

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

// The facts as JSON has them.
type (
	messageFact struct {
		Kind       string         `json:"kind"` // "message"
		ID         uint64         `json:"id"`
		Sender     *string        `json:"sender"` // null when the log does not tell
		Bytes      uint64         `json:"bytes"`
		QP         uint64         `json:"qp"`
		UID        uint64         `json:"uid"`
		Begun      time.Time      `json:"begun"`
		Last       time.Time      `json:"last"`
		Ended      bool           `json:"ended"`
		BounceQP   uint64         `json:"bounce_qp,omitempty"`
		Deliveries []deliveryFact `json:"deliveries"`
	}
	deliveryFact struct {
		Channel   string     `json:"channel"`
		Recipient string     `json:"recipient"`
		Start     time.Time  `json:"start"`
		End       *time.Time `json:"end,omitempty"`
		Result    string     `json:"result"` // "" while it runs
		Report    string     `json:"report"`
	}
	connectionFact struct {
		Kind    string     `json:"kind"` // "connection"
		Program string     `json:"program"`
		PID     string     `json:"pid"`
		IP      string     `json:"ip"`
		Host    string     `json:"host"`
		Port    string     `json:"port"`
		Start   time.Time  `json:"start"`
		End     *time.Time `json:"end,omitempty"`
		Denied  bool       `json:"denied"`
		Status  string     `json:"status"`
	}
	lineFact struct {
		Kind string    `json:"kind"` // "problem" or "other"
		Time time.Time `json:"time"`
		Text string    `json:"text"`
	}
	eventFact struct {
		Kind       string          `json:"kind"` // "event"
		Time       time.Time       `json:"time"`
		What       string          `json:"what"`
		Message    *uint64         `json:"message,omitempty"`
		Sender     *string         `json:"sender,omitempty"`
		QP         uint64          `json:"qp,omitempty"`
		Delivery   *deliveryFact   `json:"delivery,omitempty"`
		Connection *connectionFact `json:"connection,omitempty"`
		Text       string          `json:"text,omitempty"`
	}
)

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func senderOf(m *logs.Message) *string {
	if !m.Known {
		return nil
	}
	return &m.Sender
}

func deliveryOf(d *logs.Delivery) deliveryFact {
	return deliveryFact{d.Channel, d.Recipient, d.Start.UTC(), when(d.End), d.Result, d.Report}
}

func connectionOf(c *logs.Connection) connectionFact {
	return connectionFact{"connection", c.Program, c.PID, c.IP, c.Host, c.Port, c.Start.UTC(), when(c.End), c.Denied, c.Status}
}

// item shows what has come to its end by an event.
func (v *viewer) item(e logs.Event) {
	switch e.What {
	case logs.Ended, logs.Gone:
		if v.filter.fits(e.Message) {
			v.message(e.Message, e.What == logs.Gone)
		}
	case logs.Disconnected:
		if v.filter.connection(e.Connection, e.Connection.Start, e.Connection.End) {
			v.connection(e.Connection)
		}
	case logs.Problem, logs.Other:
		if v.filter.line(&e) {
			v.fact(lineFact{e.What, e.Time.UTC(), e.Text})
			v.line(e)
		}
	}
}

// rest shows what has not come to its end, the oldest first.
func (v *viewer) rest(j *logs.Joiner) {
	messages, connections := j.Open()
	slices.SortFunc(messages, func(a, b *logs.Message) int { return cmp.Or(a.Begun.Compare(b.Begun), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(connections, func(a, b *logs.Connection) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.PID, b.PID))
	})
	for _, m := range messages {
		if v.filter.fits(m) {
			v.message(m, false)
		}
	}
	for _, c := range connections {
		if v.filter.connection(c, c.Start, c.Start) {
			v.connection(c)
		}
	}
}

// clock is a time for people.
func (v *viewer) clock(t time.Time) string { return t.In(v.zone).Format("2006-01-02 15:04:05") }

// took is a time span for people.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(max(d, 0).Seconds(), 'f', 2, 64) + "s"
	case d < 2*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + "s"
	}
	return d.Round(time.Second).String()
}

// report is a delivery's for people: underscores and slashes of the log as the
// blanks and ends of lines that they were, mostly.
func report(text string) string {
	return umbrella.Safe(strings.ReplaceAll(strings.TrimRight(text, "/"), "_", " "))
}

func style(result string) umbrella.Style {
	switch result {
	case logs.Delivered, logs.Ended:
		return umbrella.Good
	case logs.Deferred:
		return umbrella.Warn
	case logs.Failed, logs.Bounced, logs.Denied, logs.Problem:
		return umbrella.Bad
	}
	return umbrella.Dim
}

// head is what is known of a message.
func head(m *logs.Message) string {
	if !m.Known {
		return "message " + strconv.FormatUint(m.ID, 10) + ", of which the log does not tell more"
	}
	return "message " + strconv.FormatUint(m.ID, 10) + " from <" + umbrella.Safe(m.Sender) + ">, " + strconv.FormatUint(m.Bytes, 10) + " bytes, qp " +
		strconv.FormatUint(m.QP, 10) + ", uid " + strconv.FormatUint(m.UID, 10)
}

func (v *viewer) message(m *logs.Message, gone bool) {
	fact := messageFact{
		Kind: "message", ID: m.ID, Sender: senderOf(m), Bytes: m.Bytes, QP: m.QP, UID: m.UID, Begun: m.Begun.UTC(), Last: m.Last.UTC(),
		Ended: m.Ended, BounceQP: m.BounceQP, Deliveries: []deliveryFact{},
	}
	for _, d := range m.Deliveries {
		fact.Deliveries = append(fact.Deliveries, deliveryOf(d))
	}
	v.fact(fact)
	v.out.Text(v.clock(m.Begun), "  ", v.out.In(umbrella.Bold, head(m)), "\n")
	after := func(t time.Time) string { return "    +" + took(t.Sub(m.Begun)) + "  " }
	for _, d := range m.Deliveries {
		if d.Result == "" {
			v.out.Text(after(d.Start), "under way to ", d.Channel, " ", umbrella.Safe(d.Recipient), "\n")
			continue
		}
		v.out.Text(after(d.End), v.out.In(style(d.Result), d.Result), " ", d.Channel, " ", umbrella.Safe(d.Recipient), " in ",
			took(d.End.Sub(d.Start)), ": ", report(d.Report), "\n")
	}
	if m.BounceQP != 0 {
		v.out.Text("    ", v.out.In(umbrella.Bad, "bounced"), ", qp ", strconv.FormatUint(m.BounceQP, 10), "\n")
	}
	switch {
	case m.Ended:
		v.out.Text(after(m.Last), "ended\n")
	case gone:
		v.out.Text("    its end is not in the log\n")
	default:
		v.out.Text("    in the queue\n")
	}
}

// client is who is at the other end.
func client(c *logs.Connection) string {
	if c.Host == "" {
		return umbrella.Safe(c.IP)
	}
	return umbrella.Safe(c.Host + " (" + c.IP + ")")
}

func (v *viewer) connection(c *logs.Connection) {
	v.fact(connectionOf(c))
	v.out.Text(v.clock(c.Start), "  connection from ", client(c))
	if c.Port != "" {
		v.out.Text(" to port ", umbrella.Safe(c.Port))
	}
	v.out.Text(", pid ", umbrella.Safe(c.PID))
	if c.Denied {
		v.out.Text(", ", v.out.In(umbrella.Bad, "denied"))
	}
	if c.End.IsZero() {
		v.out.Text(", open\n")
		return
	}
	v.out.Text(", ", took(c.End.Sub(c.Start)), ", status ", umbrella.Safe(c.Status), "\n")
}

func (v *viewer) line(e logs.Event) {
	text := umbrella.Safe(e.Text)
	if e.What == logs.Problem {
		text = v.out.In(umbrella.Bad, text)
	}
	v.out.Text(v.clock(e.Time), "  ", text, "\n")
}

// event shows one event by itself.
func (v *viewer) event(e logs.Event) {
	if !v.filter.event(&e) {
		return
	}
	fact := eventFact{Kind: "event", Time: e.Time.UTC(), What: e.What, Text: e.Text}
	if m := e.Message; m != nil {
		fact.Message, fact.Sender, fact.QP = &m.ID, senderOf(m), m.QP
	}
	if e.Delivery != nil {
		d := deliveryOf(e.Delivery)
		fact.Delivery = &d
	}
	if e.Connection != nil {
		c := connectionOf(e.Connection)
		fact.Connection = &c
	}
	v.fact(fact)
	v.eventText(e)
}

func (v *viewer) eventText(e logs.Event) {
	at, what := v.clock(e.Time)+"  ", v.out.In(style(e.What), e.What)
	switch {
	case e.Message == nil && e.Connection == nil:
		v.line(e)
	case e.Connection != nil:
		v.out.Text(at, what, " ", client(e.Connection), ", pid ", umbrella.Safe(e.Connection.PID), "\n")
	case e.Delivery == nil:
		v.out.Text(at, what, " ", head(e.Message), "\n")
	default:
		m, d := e.Message, e.Delivery
		v.out.Text(at, what, " message ", strconv.FormatUint(m.ID, 10))
		if m.Known {
			v.out.Text(" from <", umbrella.Safe(m.Sender), ">")
		}
		v.out.Text(" to ", d.Channel, " ", umbrella.Safe(d.Recipient))
		if d.Result != "" {
			v.out.Text(" in ", took(d.End.Sub(d.Start)), ": ", report(d.Report))
		}
		v.out.Text("\n")
	}
}
