package analog

import "math"

// Overall is the figures of zoverall: what all records together come to. The
// zero Overall is ready.
type Overall struct {
	Messages   float64 // that have left the queue
	Recipients float64 // of those, delivered and failed
	Tries      float64 // delivery attempts for those
	Bytes      float64 // in those
	Weighted   float64 // Bytes, each message counted once for each success
	QTime      float64 // seconds that those were in the queue, together

	Deliveries, Successes, Failures float64 // attempts, of messages still queued too
	DDelay                          float64 // of all successes together, seconds
	XDelay                          float64 // of all attempts together, seconds

	First, Last float64 // the span that the records cover, seconds since 1970
	any         bool
}

// Add takes in a record.
func (o *Overall) Add(r Record) {
	switch r := r.(type) {
	case *Message:
		o.Messages++
		o.Bytes += float64(r.Bytes)
		o.Weighted += float64(r.Bytes) * float64(r.Successes)
		o.QTime += r.QTime()
		o.Recipients += float64(r.Successes + r.Failures)
		o.Tries += float64(r.Successes + r.Failures + r.Deferrals)
		o.span(r.Birth, r.End)
	case *Delivery:
		o.Deliveries++
		switch r.Result {
		case 'k':
			o.Successes++
			o.DDelay += r.DDelay()
		case 'd':
			o.Failures++
		}
		o.XDelay += r.XDelay()
		o.span(r.Birth, r.End)
	}
}

func (o *Overall) span(first, last Stamp) {
	if !o.any {
		o.First, o.Last, o.any = first.Seconds(), last.Seconds(), true
	}
	o.First, o.Last = math.Min(o.First, first.Seconds()), math.Max(o.Last, last.Seconds())
}

// Deferrals returns how many attempts neither succeeded nor failed.
func (o *Overall) Deferrals() float64 { return o.Deliveries - o.Successes - o.Failures }

// Concurrency returns how many deliveries were running on average; 0 when the
// records cover no time.
func (o *Overall) Concurrency() float64 {
	if o.Last <= o.First {
		return 0
	}
	return o.XDelay / (o.Last - o.First)
}

const secondsPerDay = 86400

// Append adds zoverall's figures to b, one a line.
func (o *Overall) Append(b []byte) []byte {
	line := func(what, figure string) { b = append(b, what+" "+figure+"\n"...) }
	line("Completed messages:", plain(o.Messages))
	if o.Messages > 0 {
		line("Recipients for completed messages:", plain(o.Recipients))
		line("Total delivery attempts for completed messages:", plain(o.Tries))
		line("Average delivery attempts per completed message:", plain(o.Tries/o.Messages))
		line("Bytes in completed messages:", plain(o.Bytes))
		line("Bytes weighted by success:", plain(o.Weighted))
		line("Average message qtime (s):", plain(o.QTime/o.Messages))
	}
	b = append(b, '\n')
	line("Total delivery attempts:", plain(o.Deliveries))
	if o.Deliveries == 0 {
		return b
	}
	line("  success:", plain(o.Successes))
	line("  failure:", plain(o.Failures))
	line("  deferral:", plain(o.Deferrals()))
	line("Total ddelay (s):", fixed(o.DDelay, 6))
	if o.Successes > 0 {
		line("Average ddelay per success (s):", fixed(o.DDelay/o.Successes, 6))
	}
	line("Total xdelay (s):", fixed(o.XDelay, 6))
	line("Average xdelay per delivery attempt (s):", fixed(o.XDelay/o.Deliveries, 6))
	if o.Last > o.First {
		line("Time span (days):", plain((o.Last-o.First)/secondsPerDay))
		line("Average concurrency:", plain(o.Concurrency()))
	}
	return b
}

const about = `Basic statistics

qtime is the time spent by a message in the queue.

ddelay is the latency for a successful delivery to one recipient---the
end of successful delivery, minus the time when the message was queued.

xdelay is the latency for a delivery attempt---the time when the attempt
finished, minus the time when it started. The average concurrency is the
total xdelay for all deliveries divided by the time span; this is a good
measure of how busy the mailer is.

`

// Text returns all that zoverall prints.
func (o *Overall) Text() string { return string(o.Append([]byte(about))) }
