package analog

import (
	"slices"
	"strconv"
	"strings"
)

// Reason is why deliveries ended as they did.
type Reason struct {
	Deliveries float64
	XDelay     float64 // of these together, seconds
	Text       string  // as in Delivery
}

// Reasons counts the reasons of deliveries with one result.
type Reasons struct {
	result byte
	by     map[string]*Reason
}

// NewReasons counts those of deliveries that ended in 'k', 'd' or 'z'.
func NewReasons(result byte) *Reasons {
	return &Reasons{result: result, by: make(map[string]*Reason)}
}

// Add takes in a record.
func (t *Reasons) Add(r Record) {
	d, ok := r.(*Delivery)
	if !ok || d.Result != t.result {
		return
	}
	reason := entry(t.by, d.Reason)
	reason.Text = d.Reason
	reason.Deliveries++
	reason.XDelay += d.XDelay()
}

// All returns the reasons in the order of zfailures.
func (t *Reasons) All() []Reason { return sorted(t.by, Reason.line, byField(2)) }

// Rows returns a line for each: deliveries, xdelay, reason.
func (t *Reasons) Rows() []string { return rows(t.All(), Reason.line) }

func (r Reason) line() string { return plain(r.Deliveries) + " " + fixed(r.XDelay, 2) + " " + r.Text }

// Target is where deliveries went: a recipient, or a host.
type Target struct {
	Name                           string
	Bytes                          float64 // delivered to it
	Successes, Failures, Deferrals float64
	XDelay                         float64 // of all attempts together, seconds
}

// Targets counts deliveries by recipient or by host.
type Targets struct {
	name func(*Delivery) string
	by   map[string]*Target
}

// NewRecipients counts by recipient, as Delivery has it.
func NewRecipients() *Targets {
	return &Targets{name: func(d *Delivery) string { return d.Recipient }, by: make(map[string]*Target)}
}

// NewHosts counts by the recipient's host, as Delivery.Host has it.
func NewHosts() *Targets { return &Targets{name: (*Delivery).Host, by: make(map[string]*Target)} }

// Add takes in a record.
func (t *Targets) Add(r Record) {
	d, ok := r.(*Delivery)
	if !ok {
		return
	}
	target := entry(t.by, t.name(d))
	target.Name = t.name(d)
	target.XDelay += d.XDelay()
	switch d.Result {
	case 'k':
		target.Bytes += float64(d.Bytes)
		target.Successes++
	case 'd':
		target.Failures++
	case 'z':
		target.Deferrals++
	}
}

// All returns the targets in the order of zrecipients.
func (t *Targets) All() []Target { return sorted(t.by, Target.line, byField(4)) }

// Rows returns a line for each: bytes, messages, tries, xdelay, name.
func (t *Targets) Rows() []string { return rows(t.All(), Target.line) }

// Tries returns how many delivery attempts there were.
func (t Target) Tries() float64 { return t.Successes + t.Failures + t.Deferrals }

func (t Target) line() string {
	return plain(t.Bytes) + " " + plain(t.Successes+t.Failures) + " " + plain(t.Tries()) + " " + fixed(t.XDelay, 2) + " " + t.Name
}

// Source is where messages came from: a sender, or a user.
type Source struct {
	Name                           string
	Messages                       float64 // that have left the queue
	Bytes                          float64 // in those
	Successes, Failures, Deferrals float64
	Delivered                      float64 // Bytes, each message counted once for each success
	Weighted                       float64 // Bytes, each message counted once for each recipient
	XDelay                         float64 // of all attempts together, seconds
}

// Sources counts messages by sender or by user.
type Sources struct {
	name func(uid, sender string) string
	by   map[string]*Source
}

// NewSenders counts by the user's uid and the sender, "1000/<joe@example.org>".
func NewSenders() *Sources {
	return &Sources{name: func(uid, sender string) string { return uid + "/" + sender }, by: make(map[string]*Source)}
}

// NewUIDs counts by the user's uid.
func NewUIDs() *Sources {
	return &Sources{name: func(uid, _ string) string { return uid }, by: make(map[string]*Source)}
}

// Add takes in a record.
func (t *Sources) Add(r Record) {
	switch r := r.(type) {
	case *Message:
		s := t.source(r.UID, r.Sender)
		s.Messages++
		s.Bytes += float64(r.Bytes)
		s.Successes += float64(r.Successes)
		s.Failures += float64(r.Failures)
		s.Deferrals += float64(r.Deferrals)
		s.Delivered += float64(r.Bytes) * float64(r.Successes)
		s.Weighted += float64(r.Bytes) * float64(r.Successes+r.Failures)
	case *Delivery:
		t.source(r.UID, r.Sender).XDelay += r.XDelay()
	}
}

func (t *Sources) source(uid, sender string) *Source {
	name := t.name(uid, sender)
	s := entry(t.by, name)
	s.Name = name
	return s
}

// All returns those of whom a message has left the queue, in the order of
// zsenders.
func (t *Sources) All() []Source {
	all := sorted(t.by, Source.line, byNumber(7))
	return slices.DeleteFunc(all, func(s Source) bool { return s.Messages == 0 })
}

// Rows returns a line for each: messages, bytes, bytes by success, bytes by
// recipient, recipients, tries, xdelay, name.
func (t *Sources) Rows() []string { return rows(t.All(), Source.line) }

func (s Source) line() string {
	recipients := s.Successes + s.Failures
	return strings.Join([]string{
		plain(s.Messages), plain(s.Bytes), plain(s.Delivered), plain(s.Weighted),
		plain(recipients), plain(recipients + s.Deferrals), fixed(s.XDelay, 6), s.Name,
	}, " ")
}

// entry returns what by holds under key, made if need be.
func entry[T any](by map[string]*T, key string) *T {
	e := by[key]
	if e == nil {
		e = new(T)
		by[key] = e
	}
	return e
}

// sorted returns the entries in the order that compare has for their lines.
func sorted[T any](by map[string]*T, line func(T) string, compare func(a, b string) int) []T {
	type pair struct {
		line string
		item *T
	}
	pairs := make([]pair, 0, len(by))
	for _, e := range by {
		pairs = append(pairs, pair{line(*e), e})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return compare(a.line, b.line) })
	all := make([]T, len(pairs))
	for i, p := range pairs {
		all[i] = *p.item
	}
	return all
}

func rows[T any](all []T, line func(T) string) []string {
	lines := make([]string, len(all))
	for i, item := range all {
		lines[i] = line(item)
	}
	return lines
}

// behind returns what stands from the nth word of a line on.
func behind(line string, n int) string {
	for ; n > 1; n-- {
		_, line, _ = strings.Cut(line, " ")
	}
	return line
}

// byField compares lines as "sort -k n" does in the C locale: as text from
// the nth word on, then as a whole.
func byField(n int) func(a, b string) int {
	return func(a, b string) int {
		if c := strings.Compare(behind(a, n), behind(b, n)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	}
}

// byNumber compares lines as "sort -n -k n" does: by the number that the nth
// word starts with, then as text.
func byNumber(n int) func(a, b string) int {
	return func(a, b string) int {
		x, _, _ := strings.Cut(behind(a, n), " ")
		y, _, _ := strings.Cut(behind(b, n), " ")
		switch f, g := number(x), number(y); {
		case f < g:
			return -1
		case f > g:
			return 1
		}
		return strings.Compare(a, b)
	}
}

// Averages counts deliveries by recipient for zrxdelay.
type Averages struct{ *Targets }

// NewAverages is ready for records.
func NewAverages() Averages { return Averages{NewRecipients()} }

// Rows returns a line for each recipient, the quickest first: average xdelay,
// tries, name. The average is of the total as zrecipients prints it.
func (a Averages) Rows() []string {
	var lines []string
	for _, t := range a.by {
		total, _ := strconv.ParseFloat(fixed(t.XDelay, 2), 64)
		lines = append(lines, fixed(total/t.Tries(), 2)+" "+plain(t.Tries())+" "+t.Name)
	}
	slices.SortFunc(lines, byNumber(1))
	return lines
}
