package main

import "qmailkit/send"

// domains holds the deliveries of a channel to one domain within a limit. A
// recipient whose domain is full waits, and the pass goes on to the next.
//
// Only domains are known that something is under way to or waits for: not more
// than there are slots, as a domain can be full only by deliveries. nil, as on
// a channel without limits, knows none and makes nobody wait.
type domains struct {
	limits *send.DomainLimits
	known  map[string]*domain
	ready  []*domain // have room, and recipients that wait: served in turn
	waits
}

// domain is what is known of one.
type domain struct {
	name    string // in lower case
	limit   int    // 0: none
	allowed int    // at once: the limit, or less while its hosts cannot be reached
	running int
	queued  bool // among the ready ones

	first, last *waiter // in the order in which they came

	unreached bool // as the last report had it
	row       int  // how many reports in a row had it so
}

func newDomains(limits *send.DomainLimits) *domains {
	return &domains{limits: limits, known: make(map[string]*domain), waits: newWaits()}
}

// of returns the domain of a recipient; nil where there are no limits.
func (ds *domains) of(recipient string) *domain {
	if ds == nil {
		return nil
	}
	name := send.Domain(recipient)
	d := ds.known[name]
	if d == nil {
		limit := ds.limits.Of(name)
		d = &domain{name: name, limit: limit, allowed: limit}
		ds.known[name] = d
	}
	return d
}

// room tells whether one more delivery may run.
func (d *domain) room() bool { return d.allowed == 0 || d.running < d.allowed }

// full tells whether another recipient has to wait: also when others do.
func (d *domain) full() bool { return d != nil && (d.first != nil || !d.room()) }

// enter counts a delivery that starts, and leave one that has ended.
func (d *domain) enter() {
	if d != nil {
		d.running++
	}
}

func (ds *domains) leave(d *domain) {
	if d == nil {
		return
	}
	d.running--
	ds.look(d)
}

// look has d served if it can be, and forgets it if there is nothing about it
// to be known.
func (ds *domains) look(d *domain) {
	switch {
	case d.first == nil && d.running == 0:
		delete(ds.known, d.name)
	case d.first != nil && d.room() && !d.queued:
		d.queued = true
		ds.ready = append(ds.ready, d)
	}
}

// heard learns from a delivery's report. When as many in a row as are allowed
// at once did not reach a host, half as many are allowed, and at least one;
// when as many in a row did, twice as many are. So one round of deliveries,
// which all meet with the same, counts as one sign.
func (d *domain) heard(report send.Report) {
	if d == nil {
		return
	}
	if unreached := report.Unreached(); unreached != d.unreached {
		d.unreached, d.row = unreached, 0
	}
	if d.row++; d.row < d.allowed {
		return
	}
	d.row = 0
	if d.unreached {
		d.allowed = (d.allowed + 1) / 2
	} else {
		d.allowed = min(2*d.allowed, d.limit)
	}
}

// wants tells whether somebody who has waited may go.
func (ds *domains) wants() bool { return ds != nil && len(ds.ready) > 0 }

// next returns a domain that has room and somebody who waits for it.
func (ds *domains) next() *domain {
	for ds.wants() {
		d := ds.ready[0]
		ds.ready = ds.ready[1:]
		d.queued = false
		if d.first != nil && d.room() {
			return d
		}
	}
	return nil
}

// set changes the limits. A domain that is allowed less than its limit stays
// so.
func (ds *domains) set(limits *send.DomainLimits) {
	ds.limits = limits
	for _, d := range ds.known {
		was := d.limit
		d.limit = limits.Of(d.name)
		if d.allowed == was || d.limit == 0 || d.allowed > d.limit {
			d.allowed = d.limit
		}
		ds.look(d)
	}
}

// Without a word in control/concurrencyperdomain there are no limits as long as
// the channel has no more slots than the C programs can count. Then a host gets
// what it would get of them. With more, one slow host would get hundreds of
// connections, which many take for an attack: so not more than C qmail by
// itself makes to all hosts together.
const (
	manySlots     = 255
	manyPerDomain = 20
)

// limitDomains puts limits in force, by the entries of
// control/concurrencyperdomain. They may come while deliveries are under way.
func (l *loop) limitDomains(entries []string) {
	ch := l.channels[send.Remote]
	rest := 0
	if len(ch.slots) > manySlots {
		rest = manyPerDomain
	}
	limits := send.NewDomainLimits(entries, rest)
	if ch.domains != nil {
		ch.domains.set(limits)
		return
	}
	if limits.None() {
		return
	}
	ch.domains = newDomains(limits)
	for i := range ch.slots {
		if d := &ch.slots[i]; d.job != nil {
			d.domain = ch.domains.of(d.recipient)
			d.domain.enter()
		}
	}
}
