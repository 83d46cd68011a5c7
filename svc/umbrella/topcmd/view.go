package topcmd

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/live"
	"qmailkit/svc/umbrella/logs"
)

const (
	remembered = 1000 // deliveries, for the slowest hosts
	maxHosts   = 8
	maxEvents  = 10
	restFactor = 10 // the queue is not looked at for so many times what that took
)

// view is what is known.
type view struct {
	p             *cmd.Proc
	reader        *logs.Reader
	joiner        *logs.Joiner
	queue         live.Queue
	next          time.Time // when to look at the queue again
	local, remote analog.Load
	servers       map[string]analog.Load
	ended         []ended // the last, a ring
	at            int     // in it
	events        []logs.Event
}

// ended is a delivery that has.
type ended struct {
	time         time.Time
	host, result string
	took         time.Duration
}

func newView(p *cmd.Proc, reader *logs.Reader) *view {
	return &view{p: p, reader: reader, joiner: logs.NewJoiner(), servers: make(map[string]analog.Load)}
}

// look takes in what is new.
func (v *view) look() error {
	if err := v.reader.Read(func(l logs.Line) error { v.joiner.Line(l, v.event); return nil }); err != nil {
		return umbrella.NoLog(err)
	}
	began := v.p.Now()
	if began.Before(v.next) {
		return nil
	}
	var err error
	if v.queue, err = live.ReadQueue(v.p); err != nil {
		return umbrella.Fatal("unable to look at the queue", err)
	}
	end := v.p.Now()
	v.next = end.Add(restFactor * end.Sub(began))
	return nil
}

func (v *view) event(e logs.Event) {
	switch e.What {
	case logs.Load:
		v.local, v.remote = e.Local, e.Remote
		return
	case logs.Sessions:
		v.servers[e.Program] = e.Local
		return
	case logs.Delivered, logs.Failed, logs.Deferred:
		d := e.Delivery
		x := ended{e.Time, d.Recipient[strings.LastIndexByte(d.Recipient, '@')+1:], e.What, d.End.Sub(d.Start)}
		if d.Channel == "local" {
			x.host = "(local)"
		}
		if len(v.ended) < remembered {
			v.ended = append(v.ended, x)
		} else {
			v.ended[v.at] = x
			v.at = (v.at + 1) % remembered
		}
	case logs.Problem, logs.Bounced, logs.Denied:
	default:
		return
	}
	v.events = append(v.events, e)
	v.events = v.events[max(0, len(v.events)-maxEvents):]
}

// Facts are a frame, as JSON has it.
type Facts struct {
	Running *bool           `json:"qmail_send_up"` // null where it cannot be told
	Queue   live.Queue      `json:"queue"`
	Local   load            `json:"local"`
	Remote  load            `json:"remote"`
	Servers map[string]load `json:"connections"`
	Minute  map[string]int  `json:"last_minute"` // deliveries by result
	Hosts   []host          `json:"hosts"`       // of the last 1000 deliveries, the slowest first
	Silent  []silent        `json:"tcpto"`
	events  []logs.Event
}

type load struct {
	Used  uint64 `json:"used"`
	Limit uint64 `json:"limit"`
}

type host struct {
	Name      string  `json:"host"`
	Tries     int     `json:"tries"`
	Deferrals int     `json:"deferrals"`
	Average   float64 `json:"average"` // seconds
	total     time.Duration
}

type silent struct {
	IP    string `json:"ip"`
	Count int    `json:"timeouts"`
	Age   int64  `json:"age"` // seconds
}

func (v *view) facts() *Facts {
	f := &Facts{
		Queue: v.queue, Local: load(v.local), Remote: load(v.remote), Servers: make(map[string]load), Hosts: []host{}, Silent: []silent{}, events: v.events,
		Minute: map[string]int{logs.Delivered: 0, logs.Failed: 0, logs.Deferred: 0},
	}
	if up, err := live.Running(v.p); err == nil {
		f.Running = &up
	}
	for name, l := range v.servers {
		f.Servers[name] = load(l)
	}
	by := make(map[string]*host)
	for _, x := range v.ended {
		if v.p.Now().Sub(x.time) < time.Minute {
			f.Minute[x.result]++
		}
		h := by[x.host]
		if h == nil {
			h = &host{Name: x.host}
			by[x.host] = h
		}
		h.Tries++
		h.total += x.took
		if x.result == logs.Deferred {
			h.Deferrals++
		}
	}
	for _, h := range by {
		h.Average = h.total.Seconds() / float64(h.Tries)
		f.Hosts = append(f.Hosts, *h)
	}
	slices.SortFunc(f.Hosts, func(a, b host) int { return cmp.Or(cmp.Compare(b.Average, a.Average), strings.Compare(a.Name, b.Name)) })
	f.Hosts = f.Hosts[:min(len(f.Hosts), maxHosts)]
	if list, err := live.Slow(v.p); err == nil {
		for _, e := range list {
			f.Silent = append(f.Silent, silent{e.IP.String(), e.Count, e.Age})
		}
		slices.SortFunc(f.Silent, func(a, b silent) int { return cmp.Compare(a.Age, b.Age) })
	}
	return f
}

// lines are a frame as text, in out's colours.
func (f *Facts) lines(out *umbrella.Out, now time.Time) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	state := ""
	if f.Running != nil {
		state = out.In(umbrella.Bad, "qmail-send does not run")
		if *f.Running {
			state = out.In(umbrella.Good, "qmail-send runs")
		}
	}
	add("%s  %s  %s", out.In(umbrella.Bold, "qmail"), now.Format("2006-01-02 15:04:05"), state)
	q := f.Queue
	add("queue        %d messages, %d new, %d held, %d bouncing, %d bytes, the oldest %s", q.Messages, q.New, q.Held, q.Bouncing, q.Bytes,
		umbrella.Age(time.Duration(q.Oldest)*time.Second))
	if q.Damaged > 0 {
		add("%s", out.In(umbrella.Bad, strconv.Itoa(q.Damaged)+" messages are damaged: see qmail queue verify"))
	}
	add("to be tried  local %d, remote %d", q.Due[0], q.Due[1])
	add("under way    local %d/%d, remote %d/%d", f.Local.Used, f.Local.Limit, f.Remote.Used, f.Remote.Limit)
	add("last minute  %d delivered, %d failed, %d deferred", f.Minute[logs.Delivered], f.Minute[logs.Failed], f.Minute[logs.Deferred])
	var servers []string
	for name, l := range f.Servers {
		servers = append(servers, fmt.Sprintf("%s %d/%d", umbrella.Safe(name), l.Used, l.Limit))
	}
	slices.Sort(servers)
	if len(servers) > 0 {
		add("connections  %s", strings.Join(servers, ", "))
	}
	if len(f.Hosts) > 0 {
		add("")
		add("%s", out.In(umbrella.Bold, "SECONDS    TRIES  DEFERRED  SLOWEST HOSTS"))
		for _, h := range f.Hosts {
			add("%7.2f  %7d  %8d  %s", h.Average, h.Tries, h.Deferrals, umbrella.Safe(h.Name))
		}
	}
	if len(f.Silent) > 0 {
		add("")
		add("%s", out.In(umbrella.Bold, "TIMEOUTS    AGO  HOSTS THAT DO NOT ANSWER"))
		for _, s := range f.Silent[:min(len(f.Silent), maxHosts)] {
			add("%8d  %5s  %s", s.Count, umbrella.Age(time.Duration(s.Age)*time.Second), s.IP)
		}
	}
	if len(f.events) > 0 {
		add("")
		add("%s", out.In(umbrella.Bold, "LAST EVENTS"))
		for i := len(f.events) - 1; i >= 0; i-- {
			add("%s", eventLine(&f.events[i], now.Location()))
		}
	}
	return lines
}

func eventLine(e *logs.Event, zone *time.Location) string {
	at := e.Time.In(zone).Format("15:04:05") + "  "
	switch {
	case e.Connection != nil:
		return at + umbrella.Safe(e.What+" "+e.Connection.IP)
	case e.Delivery != nil:
		return at + umbrella.Safe(e.What+" "+e.Delivery.Channel+" "+e.Delivery.Recipient+": "+strings.ReplaceAll(strings.TrimRight(e.Delivery.Report, "/"), "_", " "))
	case e.Message != nil:
		return at + umbrella.Safe(e.What+" message "+strconv.FormatUint(e.Message.ID, 10)+" from <"+e.Message.Sender+">")
	}
	return at + umbrella.Safe(e.Text)
}
