// Package metricscmd is "qmail metrics": figures for Prometheus.
package metricscmd

import (
	_ "embed"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

const about = `Of the queue, its queue/lock/tcpto, and the logs of qmail log, which are counted from
their beginning. With --listen it stays, follows the logs and answers GET /metrics; there
is no password: choose an address that strangers cannot reach.`

// dashboard shows the figures in Grafana.
//
//go:embed grafana.json
var dashboard string

// Command is "qmail metrics".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "metrics", Usage: "print figures for Prometheus, or serve them", ArgsUsage: "[FILE|FOLDER|-...]", Description: about, Category: "The logs",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "stay, and answer at `ADDRESS`: 127.0.0.1:9105"},
			&cli.BoolFlag{Name: "dashboard", Usage: "print a dashboard for Grafana"},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

func run(p *cmd.Proc, c *cli.Context) error {
	out := umbrella.NewOut(p, c)
	if c.Bool("dashboard") {
		out.Text(dashboard)
		return out.Close()
	}
	reader, err := logs.Find(p, c.Args().Slice())
	if err == logs.ErrNone {
		reader, err = logs.Open(nil, nil, p.Now) // the queue has figures too
	}
	if err != nil {
		return umbrella.NoLog(err)
	}
	defer reader.Close()
	counts := newCounts()
	registry := prometheus.NewRegistry()
	for _, x := range append(counts.all(), &state{p}) {
		if err := registry.Register(x); err != nil {
			return err
		}
	}
	take := func() error {
		if err := reader.Read(counts.line); err != nil {
			return umbrella.NoLog(err)
		}
		return nil
	}
	if address := c.String("listen"); address != "" {
		return listen(p, address, registry, reader, take)
	}
	if err := take(); err != nil {
		return err
	}
	text, err := exposition(registry)
	if err != nil {
		return err
	}
	out.Text(text)
	return out.Close()
}

// listen serves until reading the log fails, or the listener does.
func listen(p *cmd.Proc, address string, registry *prometheus.Registry, reader *logs.Reader, take func() error) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return umbrella.Fatal("unable to listen", err)
	}
	defer l.Close()
	changed := reader.Watch()
	if err := take(); err != nil {
		return err
	}
	if _, err := p.Stderr.WriteString("qmail: metrics at http://" + l.Addr().String() + "/metrics\n"); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(l, p.Now, func() (string, error) { return exposition(registry) }) }()
	for {
		timer := time.NewTimer(lookEvery)
		select {
		case err := <-failed:
			return umbrella.Fatal("unable to take connections", err)
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
		if err := take(); err != nil {
			return err
		}
	}
}

// lookEvery is for where changes cannot be observed.
const lookEvery = 2 * time.Second

// exposition is all figures in Prometheus's text format.
func exposition(registry *prometheus.Registry) (string, error) {
	families, err := registry.Gather()
	if err != nil {
		return "", umbrella.Fatal("unable to look at the queue", err)
	}
	var b text
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&b, family); err != nil {
			return "", err
		}
	}
	return string(b), nil
}

type text []byte

func (t *text) Write(b []byte) (int, error) { *t = append(*t, b...); return len(b), nil }
