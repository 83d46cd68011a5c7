package reportcmd

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"qmailkit/send/analog"
	"qmailkit/svc/umbrella/logs"
)

// tally takes in lines.
type tally struct {
	since, until        time.Time // zero: any
	matcher             analog.Matcher
	joiner              *logs.Joiner
	overall             analog.Overall
	successes, failures *analog.Reasons
	deferrals           *analog.Reasons
	hosts, recipients   *analog.Targets
	senders, uids       *analog.Sources
	delays              analog.Distribution
	minutes             map[int64]*Period
	accepted, denied    int
	problems            int
}

func newTally(since, until time.Time) *tally {
	return &tally{
		since: since, until: until, joiner: logs.NewJoiner(), minutes: make(map[int64]*Period),
		successes: analog.NewReasons('k'), failures: analog.NewReasons('d'), deferrals: analog.NewReasons('z'),
		hosts: analog.NewHosts(), recipients: analog.NewRecipients(), senders: analog.NewSenders(), uids: analog.NewUIDs(),
	}
}

func (t *tally) meant(at time.Time) bool {
	return !at.Before(t.since) && (t.until.IsZero() || at.Before(t.until))
}

func (t *tally) line(l logs.Line) {
	t.joiner.Line(l, func(e logs.Event) {
		if !t.meant(e.Time) {
			return
		}
		switch e.What {
		case logs.Accepted:
			t.accepted++
		case logs.Denied:
			t.denied++
		case logs.Problem:
			t.problems++
		}
	})
	switch r := t.matcher.Line(l.Stamped()).(type) {
	case *analog.Delivery:
		t.record(r, r.End)
	case *analog.Message:
		t.record(r, r.End)
	}
}

func (t *tally) record(r analog.Record, end analog.Stamp) {
	at := end.Time()
	if !t.meant(at) {
		return
	}
	for _, add := range []func(analog.Record){
		t.overall.Add, t.successes.Add, t.failures.Add, t.deferrals.Add, t.hosts.Add, t.recipients.Add, t.senders.Add, t.uids.Add, t.delays.Add,
	} {
		add(r)
	}
	minute := t.minutes[at.Unix()/60]
	if minute == nil {
		minute = new(Period)
		t.minutes[at.Unix()/60] = minute
	}
	switch r := r.(type) {
	case *analog.Message:
		minute.Messages++
		minute.Bytes += r.Bytes
	case *analog.Delivery:
		switch r.Result {
		case 'k':
			minute.Successes++
		case 'd':
			minute.Failures++
		default:
			minute.Deferrals++
		}
	}
}

// Facts are the report, as JSON has it.
type Facts struct {
	First      *time.Time `json:"first"` // the span of the records; null without any
	Last       *time.Time `json:"last"`
	Overall    Overall    `json:"overall"`
	Accepted   int        `json:"connections_accepted"`
	Denied     int        `json:"connections_denied"`
	Problems   int        `json:"problems"` // warnings and alerts
	PeriodStep int64      `json:"period"`   // seconds
	Periods    []Period   `json:"periods"`
	Delays     []Share    `json:"delays"`
	Successes  []Reason   `json:"successes"`
	Failures   []Reason   `json:"failures"`
	Deferrals  []Reason   `json:"deferrals"`
	Hosts      []Target   `json:"hosts"`
	Recipients []Target   `json:"recipients"`
	Senders    []Source   `json:"senders"`
	UIDs       []Source   `json:"uids"`
	figures    analog.Overall
	zone       *time.Location
}

// Overall are zoverall's figures; its page tells what they mean.
type Overall struct {
	Messages    float64 `json:"messages"`
	Recipients  float64 `json:"recipients"`
	Tries       float64 `json:"tries"`
	Bytes       float64 `json:"bytes"`
	Weighted    float64 `json:"bytes_by_success"`
	QTime       float64 `json:"qtime"`
	Deliveries  float64 `json:"deliveries"`
	Successes   float64 `json:"successes"`
	Failures    float64 `json:"failures"`
	Deferrals   float64 `json:"deferrals"`
	DDelay      float64 `json:"ddelay"`
	XDelay      float64 `json:"xdelay"`
	Concurrency float64 `json:"concurrency"`
}

// Period is what ended in some time.
type Period struct {
	Start     time.Time `json:"start"`
	Successes int       `json:"successes"`
	Failures  int       `json:"failures"`
	Deferrals int       `json:"deferrals"`
	Messages  int       `json:"messages"`
	Bytes     uint64    `json:"bytes"`
}

// Share is one of zddist's lines.
type Share struct {
	Percent int     `json:"percent"`
	DoneBy  float64 `json:"done_by"`
	Average float64 `json:"average"`
}

// Reason is one of zfailures' lines.
type Reason struct {
	Deliveries float64 `json:"deliveries"`
	XDelay     float64 `json:"xdelay"`
	Text       string  `json:"reason"`
}

// Target is one of zrhosts' lines.
type Target struct {
	Name      string  `json:"name"`
	Bytes     float64 `json:"bytes"`
	Successes float64 `json:"successes"`
	Failures  float64 `json:"failures"`
	Deferrals float64 `json:"deferrals"`
	XDelay    float64 `json:"xdelay"`
}

// Source is one of zsenders' lines.
type Source struct {
	Name      string  `json:"name"`
	Messages  float64 `json:"messages"`
	Bytes     float64 `json:"bytes"`
	Successes float64 `json:"successes"`
	Failures  float64 `json:"failures"`
	Deferrals float64 `json:"deferrals"`
	XDelay    float64 `json:"xdelay"`
}

// facts returns the report with so many lines in a table, the busiest first.
func (t *tally) facts(top int, zone *time.Location) *Facts {
	o := t.overall
	f := &Facts{
		Overall: Overall{
			o.Messages, o.Recipients, o.Tries, o.Bytes, o.Weighted, o.QTime, o.Deliveries, o.Successes, o.Failures, o.Deferrals(), o.DDelay, o.XDelay, o.Concurrency(),
		},
		Accepted: t.accepted, Denied: t.denied, Problems: t.problems, Periods: []Period{}, Delays: []Share{}, figures: o, zone: zone,
		Successes: reasons(t.successes, top), Failures: reasons(t.failures, top), Deferrals: reasons(t.deferrals, top),
		Hosts: targets(t.hosts, top), Recipients: targets(t.recipients, top), Senders: sources(t.senders, top), UIDs: sources(t.uids, top),
	}
	for _, s := range t.delays.Shares() {
		f.Delays = append(f.Delays, Share{s.Percent, s.DoneBy, s.Average})
	}
	if o.Messages+o.Deliveries > 0 {
		first, last := time.Unix(int64(o.First), 0).UTC(), time.Unix(int64(o.Last), 0).UTC()
		f.First, f.Last = &first, &last
	}
	t.periods(f)
	return f
}

// maxPeriods is how many bars a plot has at most.
const maxPeriods = 120

// steps are the lengths that a period may have.
var steps = [...]time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour,
}

// periods puts minutes together, empty ones too.
func (t *tally) periods(f *Facts) {
	var all []int64
	for minute := range t.minutes {
		all = append(all, minute)
	}
	if len(all) == 0 {
		return
	}
	first, last := slices.Min(all), slices.Max(all)
	step := int64(steps[len(steps)-1] / time.Minute)
	for _, s := range steps {
		if n := int64(s / time.Minute); last/n-first/n < maxPeriods {
			step = n
			break
		}
	}
	for first/step+maxPeriods <= last/step { // a clock that was wrong
		step *= 10
	}
	f.PeriodStep = step * 60
	for n := first / step; n <= last/step; n++ {
		f.Periods = append(f.Periods, Period{Start: time.Unix(n*step*60, 0).UTC()})
	}
	for minute, m := range t.minutes {
		p := &f.Periods[minute/step-first/step]
		p.Successes += m.Successes
		p.Failures += m.Failures
		p.Deferrals += m.Deferrals
		p.Messages += m.Messages
		p.Bytes += m.Bytes
	}
}

// head returns the first of all, the busiest first.
func head[T any](all []T, top int, weight func(T) float64, name func(T) string) []T {
	slices.SortFunc(all, func(a, b T) int { return cmp.Or(cmp.Compare(weight(b), weight(a)), strings.Compare(name(a), name(b))) })
	if top > 0 && len(all) > top {
		all = all[:top]
	}
	return all
}

func reasons(r *analog.Reasons, top int) []Reason {
	list := []Reason{}
	for _, x := range r.All() {
		list = append(list, Reason(x))
	}
	return head(list, top, func(x Reason) float64 { return x.Deliveries }, func(x Reason) string { return x.Text })
}

func targets(r *analog.Targets, top int) []Target {
	list := []Target{}
	for _, x := range r.All() {
		list = append(list, Target(x))
	}
	return head(list, top, Target.tries, func(x Target) string { return x.Name })
}

func (x Target) tries() float64 { return x.Successes + x.Failures + x.Deferrals }

func sources(r *analog.Sources, top int) []Source {
	list := []Source{}
	for _, x := range r.All() {
		list = append(list, Source{x.Name, x.Messages, x.Bytes, x.Successes, x.Failures, x.Deferrals, x.XDelay})
	}
	return head(list, top, func(x Source) float64 { return x.Messages }, func(x Source) string { return x.Name })
}
