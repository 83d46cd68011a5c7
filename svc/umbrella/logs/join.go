package logs

import (
	"strconv"
	"strings"
	"time"

	"qmailkit/send/analog"
)

// What an Event tells.
const (
	Queued       = "queued"       // Message: qmail-send has found it
	Started      = "started"      // Delivery: one has begun
	Delivered    = "delivered"    // Delivery: it worked
	Failed       = "failed"       // Delivery: for good
	Deferred     = "deferred"     // Delivery: to be tried again
	Bounced      = "bounced"      // Message: its sender has been told
	Ended        = "ended"        // Message: it has left the queue
	Gone         = "gone"         // Message: another has its number; the log does not have its end
	Load         = "load"         // of qmail-send: Local, Remote
	Connected    = "connected"    // Connection
	Accepted     = "accepted"     // Connection
	Denied       = "denied"       // Connection
	Disconnected = "disconnected" // Connection
	Sessions     = "sessions"     // of a server, Program: Local has how many connections there are
	Problem      = "problem"      // Text: a warning or an alert of qmail-send
	Other        = "other"        // Text: any other line
)

// Message is what the log says of a message.
type Message struct {
	ID          uint64 // its number, which other messages have had and will have
	Sender      string // without "<" and ">"
	Bytes       uint64
	QP, UID     uint64 // the process that queued it, and its user
	Known       bool   // the log has the fields above, ID excepted
	Begun, Last time.Time
	Ended       bool
	BounceQP    uint64 // the process that queued its bounce, 0 for none
	Deliveries  []*Delivery
}

// Delivery is an attempt to deliver a message to one recipient.
type Delivery struct {
	Number     uint64
	Channel    string // "local" or "remote"
	Recipient  string
	Start, End time.Time
	Result     string // Delivered, Failed or Deferred; "" while it runs
	Report     string // as the log has it: without blanks
}

// Connection is one to a server that logs like tcpserver.
type Connection struct {
	Program    string // "tcpserver", "sslserver" ...
	PID        string
	IP, Host   string // the client's, as far as known
	Port       string // the server's
	Start, End time.Time
	Denied     bool
	Status     string // of the process, as wait(2) has it
}

// Event is a line, and what it is about.
type Event struct {
	Time          time.Time
	What          string
	Message       *Message
	Delivery      *Delivery
	Connection    *Connection
	Local, Remote analog.Load
	Program, Text string
}

// Joiner finds what lines are about. It is made by NewJoiner.
type Joiner struct {
	messages    map[uint64]*Message
	deliveries  map[uint64]*running
	connections map[string]*Connection
}

type running struct {
	message  *Message
	delivery *Delivery
}

// NewJoiner is ready for a log from its beginning.
func NewJoiner() *Joiner {
	return &Joiner{make(map[uint64]*Message), make(map[uint64]*running), make(map[string]*Connection)}
}

// Open returns the messages and connections whose end has not been logged, in
// no order.
func (j *Joiner) Open() (messages []*Message, connections []*Connection) {
	for _, m := range j.messages {
		messages = append(messages, m)
	}
	for _, c := range j.connections {
		connections = append(connections, c)
	}
	return messages, connections
}

// Line takes the next line of the log and gives f what happened: mostly one
// event, none for the likes of "new msg", which the next line is about too.
func (j *Joiner) Line(l Line, f func(Event)) {
	e := analog.ParseEvent(l.Stamped())
	tell := func(what string, m *Message, d *Delivery) {
		if m != nil {
			m.Last = l.Time
		}
		f(Event{Time: l.Time, What: what, Message: m, Delivery: d})
	}
	switch e.Kind {
	case analog.New:
		if old := j.messages[e.Message]; old != nil {
			delete(j.messages, e.Message)
			f(Event{Time: l.Time, What: Gone, Message: old})
		}
	case analog.Info:
		m := j.message(e.Message, l.Time)
		m.Sender, m.Bytes, m.QP, m.UID, m.Known = bare(e.Sender), e.Bytes, e.QP, e.UID, true
		tell(Queued, m, nil)
	case analog.Starting:
		m := j.message(e.Message, l.Time)
		d := &Delivery{Number: e.Delivery, Channel: e.Channel, Recipient: e.Recipient, Start: l.Time}
		m.Deliveries = append(m.Deliveries, d)
		j.deliveries[e.Delivery] = &running{m, d}
		tell(Started, m, d)
	case analog.Delivered:
		if r := j.deliveries[e.Delivery]; r != nil {
			delete(j.deliveries, e.Delivery)
			r.delivery.End, r.delivery.Report = l.Time, e.Reason
			r.delivery.Result = map[byte]string{'k': Delivered, 'd': Failed}[e.Result]
			if r.delivery.Result == "" {
				r.delivery.Result = Deferred
			}
			tell(r.delivery.Result, r.message, r.delivery)
		}
	case analog.Bounce:
		m := j.message(e.Message, l.Time)
		m.BounceQP = e.QP
		tell(Bounced, m, nil)
	case analog.End:
		m := j.message(e.Message, l.Time)
		m.Ended = true
		delete(j.messages, e.Message)
		tell(Ended, m, nil)
	case analog.Status:
		if e.Local == (analog.Load{}) && e.Remote == e.Local { // "exiting"
			clear(j.deliveries)
			return
		}
		f(Event{Time: l.Time, What: Load, Local: e.Local, Remote: e.Remote})
	case analog.Running:
		clear(j.deliveries)
	case analog.Warning, analog.Alert:
		f(Event{Time: l.Time, What: Problem, Text: l.Text})
	default:
		j.server(l, f)
	}
}

func (j *Joiner) message(id uint64, now time.Time) *Message {
	m := j.messages[id]
	if m == nil {
		m = &Message{ID: id, Begun: now}
		j.messages[id] = m
	}
	return m
}

// bare is a sender without its brackets.
func bare(s string) string {
	s, _ = strings.CutPrefix(s, "<")
	s, _ = strings.CutSuffix(s, ">")
	return s
}

// server reads the lines of tcpserver and its kin: "tcpserver: pid 7 from IP",
// "ok 7 host:ip:port host:ip:info:port" or "deny ...", "end 7 status 0",
// "status: 1/40".
func (j *Joiner) server(l Line, f func(Event)) {
	program, text, ok := strings.Cut(l.Text, ": ")
	words := strings.Fields(text)
	if !ok || len(words) < 2 || strings.ContainsAny(program, " /") {
		j.other(l, f)
		return
	}
	key := program + " " + words[1]
	c := j.connections[key]
	switch word := words[0]; {
	case word == "status:":
		used, limit, _ := strings.Cut(words[1], "/")
		f(Event{Time: l.Time, What: Sessions, Program: program, Local: analog.Load{Used: count(used), Limit: count(limit)}})
	case word == "pid" && len(words) == 4 && words[2] == "from":
		c = &Connection{Program: program, PID: words[1], IP: words[3], Start: l.Time}
		j.connections[key] = c
		f(Event{Time: l.Time, What: Connected, Connection: c})
	case (word == "ok" || word == "deny") && len(words) >= 4:
		if c == nil {
			c = &Connection{Program: program, PID: words[1], Start: l.Time}
			j.connections[key] = c
		}
		c.Denied = word == "deny"
		c.Host, _, _ = strings.Cut(words[3], ":")
		c.Port = words[2][strings.LastIndexByte(words[2], ':')+1:]
		f(Event{Time: l.Time, What: map[bool]string{false: Accepted, true: Denied}[c.Denied], Connection: c})
	case word == "end" && len(words) == 4 && c != nil:
		delete(j.connections, key)
		c.End, c.Status = l.Time, words[3]
		f(Event{Time: l.Time, What: Disconnected, Connection: c})
	default:
		j.other(l, f)
	}
}

func (j *Joiner) other(l Line, f func(Event)) {
	if l.Text != "" && !l.Foreign {
		f(Event{Time: l.Time, What: Other, Text: l.Text})
	}
}

func count(word string) uint64 {
	n, _ := strconv.ParseUint(word, 10, 64)
	return n
}
