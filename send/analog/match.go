package analog

import (
	"strconv"
	"strings"
)

// Matcher joins the lines of a log that belong together. The zero Matcher is
// ready.
type Matcher struct {
	messages   open[message]
	deliveries open[delivery]
}

// message is what the log has said of a message in the queue.
type message struct {
	birth                          string
	bytes, qp, uid                 uint64
	sender                         string
	successes, failures, deferrals uint64
}

// delivery is one that is running.
type delivery struct {
	start              string
	message            uint64
	channel, recipient string
}

// unknown stands for what an earlier log may have told.
const unknown = "?"

// Line takes one line of the log, stamp included and without its newline, and
// returns the record that it completes: a *Delivery at a delivery's end, a
// *Message when one leaves the queue, an Other for warnings and alerts and,
// behind "? ", for lines that are none of qmail-send's. It is nil for the rest.
//
// The numbers of messages and deliveries are used again by qmail-send; "new
// msg" and a restart of qmail-send end what had them before.
func (m *Matcher) Line(line string) Record {
	line = Normal(line)
	f := fields(line)
	switch field(f, 1) {
	case "status:", "number", "local", "remote":
	case "starting":
		m.starting(f)
	case "delivery":
		return m.delivered(f)
	case "new":
		m.messages.remove(leading(field(f, 3)))
	case "end":
		return m.ended(f)
	case "info":
		m.info(f)
	case "extra":
		if at := m.messages.find(leading(field(f, 2))); at != nil {
			at.successes, at.deferrals, at.failures = leading(field(f, 3)), leading(field(f, 4)), leading(field(f, 5))
		}
	case "running", "exiting":
		m.deliveries = open[delivery]{}
	case "warning:", "alert:":
		return Other(line)
	default:
		return Other("? " + line)
	}
	return nil
}

func (m *Matcher) starting(f []string) {
	m.deliveries.put(leading(field(f, 3)), delivery{
		start: field(f, 0), message: leading(field(f, 5)), channel: field(f, 7), recipient: lower(field(f, 8)),
	})
}

func (m *Matcher) info(f []string) {
	m.messages.put(leading(field(f, 3)), message{
		birth: field(f, 0), bytes: leading(field(f, 5)), qp: leading(field(f, 9)), uid: leading(field(f, 11)),
		sender: lower(field(f, 7)),
	})
}

// reportMangled is the reason of a delivery whose report qmail-send could not
// read.
const reportMangled = "report_mangled"

func (m *Matcher) delivered(f []string) Record {
	id := leading(field(f, 2))
	running := m.deliveries.find(id)
	if running == nil {
		return nil
	}
	about := m.messages.find(running.message)
	if about == nil {
		about = &message{}
	}
	d := &Delivery{
		Birth: Stamp(running.start), Start: Stamp(running.start), End: Stamp(field(f, 0)),
		Sender: unknown, Recipient: running.channel + "." + running.recipient, QP: unknown, UID: unknown, Reason: field(f, 4),
	}
	switch result := field(f, 3); {
	case strings.HasPrefix(result, "succ"):
		d.Result = 'k'
		about.successes++
	case strings.HasPrefix(result, "fail"):
		d.Result = 'd'
		about.failures++
	case strings.HasPrefix(result, "defer"):
		d.Result = 'z'
		about.deferrals++
	case strings.HasPrefix(result, "report"):
		d.Result, d.Reason = 'z', reportMangled
		about.deferrals++
	default:
		d.Reason = ""
	}
	if about.birth != "" {
		d.Birth, d.Bytes, d.Sender = Stamp(about.birth), about.bytes, about.sender
		d.QP, d.UID = decimal(about.qp), decimal(about.uid)
	}
	m.deliveries.remove(id)
	return d
}

func (m *Matcher) ended(f []string) Record {
	id := leading(field(f, 3))
	about := m.messages.find(id)
	if about == nil {
		return nil
	}
	record := &Message{
		Birth: Stamp(about.birth), End: Stamp(field(f, 0)), Bytes: about.bytes,
		Successes: about.successes, Failures: about.failures, Deferrals: about.deferrals,
		Sender: about.sender, QP: decimal(about.qp), UID: decimal(about.uid),
	}
	m.messages.remove(id)
	return record
}

// AppendPending adds log lines that tell another Matcher what this one still
// has open, each with its newline.
func (m *Matcher) AppendPending(b []byte) []byte {
	for i, id := range m.messages.ids {
		x := &m.messages.items[i]
		b = append(b, x.birth+" info msg "+decimal(id)+": bytes "+decimal(x.bytes)+" from "+x.sender+
			" qp "+decimal(x.qp)+" uid "+decimal(x.uid)+"\n"...)
		b = append(b, x.birth+" extra "+decimal(id)+" "+decimal(x.successes)+" "+decimal(x.deferrals)+" "+decimal(x.failures)+"\n"...)
	}
	for i, id := range m.deliveries.ids {
		x := &m.deliveries.items[i]
		b = append(b, x.start+" starting delivery "+decimal(id)+": msg "+decimal(x.message)+" to "+x.channel+" "+x.recipient+"\n"...)
	}
	return b
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// lower turns ASCII letters, and nothing else, into small ones.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// open holds what has begun and not ended, by number. Removing fills the gap
// with the last one, so that matchup's output has the order it always had.
type open[T any] struct {
	ids   []uint64
	items []T
	at    map[uint64]int
}

func (o *open[T]) find(id uint64) *T {
	if i, found := o.at[id]; found {
		return &o.items[i]
	}
	return nil
}

func (o *open[T]) put(id uint64, item T) {
	if at := o.find(id); at != nil {
		*at = item
		return
	}
	if o.at == nil {
		o.at = make(map[uint64]int)
	}
	o.at[id] = len(o.ids)
	o.ids, o.items = append(o.ids, id), append(o.items, item)
}

func (o *open[T]) remove(id uint64) {
	i, found := o.at[id]
	if !found {
		return
	}
	last := len(o.ids) - 1
	o.ids[i], o.items[i] = o.ids[last], o.items[last]
	o.at[o.ids[i]] = i
	delete(o.at, id)
	o.ids, o.items = o.ids[:last], o.items[:last]
}
