package metricscmd

import (
	"github.com/prometheus/client_golang/prometheus"

	"qmailkit/internal/cmd"
	"qmailkit/send"
	"qmailkit/svc/umbrella/live"
	"qmailkit/svc/umbrella/logs"
)

// counts are the figures of logs.
type counts struct {
	joiner                            *logs.Joiner
	queued, ended, bounces, bytes     prometheus.Counter
	problems                          prometheus.Counter
	deliveries, connections           *prometheus.CounterVec
	took                              *prometheus.HistogramVec
	running, limit, open, connectable *prometheus.GaugeVec
}

func newCounts() *counts {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	gauges := func(name, help, label string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{label})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	c := &counts{
		joiner:      logs.NewJoiner(),
		queued:      counter("qmail_messages_queued_total", "Messages that qmail-send has found."),
		ended:       counter("qmail_messages_ended_total", "Messages that have left the queue."),
		bytes:       counter("qmail_messages_queued_bytes_total", "Bytes in messages that qmail-send has found."),
		bounces:     counter("qmail_bounces_total", "Messages of whose failures the sender was told."),
		problems:    counter("qmail_problems_total", "Warnings and alerts of qmail-send."),
		deliveries:  counters("qmail_deliveries_total", "Deliveries that have ended.", "channel", "result"),
		connections: counters("qmail_connections_total", "Connections that a server has judged.", "server", "port", "result"),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qmail_delivery_seconds", Help: "How long deliveries took.", Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 1200},
		}, []string{"channel"}),
		running:     gauges("qmail_deliveries_running", "Deliveries under way.", "channel"),
		limit:       gauges("qmail_deliveries_limit", "Deliveries that may be under way.", "channel"),
		open:        gauges("qmail_connections_open", "Connections of a server.", "server"),
		connectable: gauges("qmail_connections_limit", "Connections that a server may have.", "server"),
	}
	for channel := range send.Channels { // a figure that is zero is there too
		for _, result := range []string{logs.Delivered, logs.Failed, logs.Deferred} {
			c.deliveries.WithLabelValues(send.Channel(channel).String(), result)
		}
	}
	return c
}

func (c *counts) all() []prometheus.Collector {
	return []prometheus.Collector{
		c.queued, c.ended, c.bytes, c.bounces, c.problems, c.deliveries, c.connections, c.took, c.running, c.limit, c.open, c.connectable,
	}
}

func (c *counts) line(l logs.Line) error {
	c.joiner.Line(l, c.event)
	return nil
}

func (c *counts) event(e logs.Event) {
	switch e.What {
	case logs.Queued:
		c.queued.Inc()
		c.bytes.Add(float64(e.Message.Bytes))
	case logs.Ended:
		c.ended.Inc()
	case logs.Bounced:
		c.bounces.Inc()
	case logs.Delivered, logs.Failed, logs.Deferred:
		if e.Delivery.Channel != send.Local.String() && e.Delivery.Channel != send.Remote.String() {
			return // not a line of qmail-send's
		}
		c.deliveries.WithLabelValues(e.Delivery.Channel, e.What).Inc()
		c.took.WithLabelValues(e.Delivery.Channel).Observe(max(0, e.Delivery.End.Sub(e.Delivery.Start).Seconds()))
	case logs.Load:
		c.running.WithLabelValues("local").Set(float64(e.Local.Used))
		c.limit.WithLabelValues("local").Set(float64(e.Local.Limit))
		c.running.WithLabelValues("remote").Set(float64(e.Remote.Used))
		c.limit.WithLabelValues("remote").Set(float64(e.Remote.Limit))
	case logs.Sessions:
		c.open.WithLabelValues(valid(e.Program)).Set(float64(e.Local.Used))
		c.connectable.WithLabelValues(valid(e.Program)).Set(float64(e.Local.Limit))
	case logs.Accepted, logs.Denied:
		c.connections.WithLabelValues(valid(e.Connection.Program), valid(e.Connection.Port), e.What).Inc()
	case logs.Problem:
		c.problems.Inc()
	}
}

// state is what can be seen at once.
type state struct{ p *cmd.Proc }

var _ prometheus.Collector = (*state)(nil)

// Describe promises nothing: what there is depends on what can be read.
func (s *state) Describe(chan<- *prometheus.Desc) {}

// Collect looks at the queue. What cannot be read is not there; only that of
// the queue itself is an error.
func (s *state) Collect(to chan<- prometheus.Metric) {
	gauge := func(name, help string, value float64, labels ...string) {
		var names, values []string
		for i := 0; i < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
	}
	n, err := live.ReadQueue(s.p)
	if err != nil {
		to <- prometheus.NewInvalidMetric(prometheus.NewDesc("qmail_queue_messages", "Messages in the queue.", nil, nil), err)
		return
	}
	gauge("qmail_queue_messages", "Messages in the queue.", float64(n.Messages))
	gauge("qmail_queue_new_messages", "Messages that qmail-send has not sorted yet.", float64(n.New))
	gauge("qmail_queue_held_messages", "Messages that are held.", float64(n.Held))
	gauge("qmail_queue_bouncing_messages", "Messages with failures of which the sender is still to be told.", float64(n.Bouncing))
	gauge("qmail_queue_damaged_messages", "Messages whose files are damaged.", float64(n.Damaged))
	gauge("qmail_queue_bytes", "Bytes in the messages in the queue.", float64(n.Bytes))
	gauge("qmail_queue_oldest_seconds", "Age of the oldest message in the queue.", float64(n.Oldest))
	for channel, due := range n.Due {
		gauge("qmail_queue_recipients", "Recipients to be tried.", float64(due), "channel", send.Channel(channel).String())
	}
	if slow, err := live.Slow(s.p); err == nil {
		gauge("qmail_tcpto_hosts", "Hosts that did not answer of late.", float64(len(slow)))
	}
	if up, err := live.Running(s.p); err == nil {
		gauge("qmail_send_up", "Whether qmail-send runs.", map[bool]float64{true: 1}[up])
	}
}
