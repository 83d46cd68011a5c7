package analog

import "strconv"

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
	e := ParseEvent(line)
	switch e.Kind {
	case Starting:
		m.deliveries.put(e.Delivery, delivery{string(e.Stamp), e.Message, e.Channel, lower(e.Recipient)})
	case Delivered:
		return m.delivered(&e)
	case New:
		m.messages.remove(e.Message)
	case End:
		return m.ended(&e)
	case Info:
		m.messages.put(e.Message, message{birth: string(e.Stamp), bytes: e.Bytes, qp: e.QP, uid: e.UID, sender: lower(e.Sender)})
	case Extra:
		if at := m.messages.find(e.Message); at != nil {
			at.successes, at.deferrals, at.failures = e.Successes, e.Deferrals, e.Failures
		}
	case Running:
		m.deliveries = open[delivery]{}
	case Warning, Alert:
		return Other(line)
	case Unknown, Bounce:
		return Other("? " + line)
	}
	return nil
}

// reportMangled is the reason of a delivery whose report qmail-send could not
// read.
const reportMangled = "report_mangled"

func (m *Matcher) delivered(e *Event) Record {
	running := m.deliveries.find(e.Delivery)
	if running == nil {
		return nil
	}
	about := m.messages.find(running.message)
	if about == nil {
		about = &message{}
	}
	d := &Delivery{
		Result: e.Result, Birth: Stamp(running.start), Start: Stamp(running.start), End: e.Stamp,
		Sender: unknown, Recipient: running.channel + "." + running.recipient, QP: unknown, UID: unknown, Reason: e.Reason,
	}
	switch e.Result {
	case 'k':
		about.successes++
	case 'd':
		about.failures++
	case 'z':
		about.deferrals++
	}
	if about.birth != "" {
		d.Birth, d.Bytes, d.Sender = Stamp(about.birth), about.bytes, about.sender
		d.QP, d.UID = decimal(about.qp), decimal(about.uid)
	}
	m.deliveries.remove(e.Delivery)
	return d
}

func (m *Matcher) ended(e *Event) Record {
	about := m.messages.find(e.Message)
	if about == nil {
		return nil
	}
	record := &Message{
		Birth: Stamp(about.birth), End: e.Stamp, Bytes: about.bytes,
		Successes: about.successes, Failures: about.failures, Deferrals: about.deferrals,
		Sender: about.sender, QP: decimal(about.qp), UID: decimal(about.uid),
	}
	m.messages.remove(e.Message)
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
