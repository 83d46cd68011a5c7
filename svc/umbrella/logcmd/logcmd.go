// Package logcmd is "qmail log": what the log says, message by message, for
// people.
package logcmd

import (
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

const about = `The logs of qmail-send and of servers under tcpserver, from multilog's folders with what
has been rotated, or files of syslog; - is standard input. Without a name, those of the
usual places. A message's lines are joined, and it is shown when it has left the queue,
what is still there at last. With -f, each event is shown by itself as it comes, or, with
--since, those since then too; JSON is then one document a line.`

// Command is "qmail log".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "log", Usage: "show what the logs say, message by message", ArgsUsage: "[FILE|FOLDER|-...]", Description: about, Category: "The logs",
		Flags: append(filterFlags(), umbrella.JSON(),
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on when there is more"},
			&cli.BoolFlag{Name: "events", Usage: "show each event by itself, as -f does"}),
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

// viewer shows what is meant.
type viewer struct {
	out       *umbrella.Out
	filter    *filter
	zone      *time.Location
	facts     []any
	following bool // facts are shown at once
}

func run(p *cmd.Proc, c *cli.Context) error {
	fl, err := parse(p, c)
	if err != nil {
		return err
	}
	reader, err := logs.Find(p, c.Args().Slice())
	if err != nil {
		return umbrella.NoLog(err)
	}
	defer reader.Close()
	v := &viewer{out: umbrella.NewOut(p, c), filter: fl, zone: p.Now().Location(), facts: []any{}}
	j := logs.NewJoiner()
	if c.Bool("follow") {
		return v.follow(j, reader)
	}
	show := v.item
	if c.Bool("events") {
		show = v.event
	}
	err = reader.Read(func(l logs.Line) error {
		j.Line(l, show)
		return nil
	})
	if err == nil && !c.Bool("events") {
		v.rest(j)
	}
	if err != nil {
		return umbrella.NoLog(err)
	}
	if err := v.out.Facts(v.facts); err != nil {
		return err
	}
	return v.out.Close()
}

// follow shows events for ever, or until standard input ends. What was there
// before is only read for what it tells of messages that are still open.
func (v *viewer) follow(j *logs.Joiner, reader *logs.Reader) error {
	v.following = true
	show := v.event
	if v.filter.since.IsZero() && reader.More() {
		show = func(logs.Event) {}
	}
	changed := reader.Watch()
	for {
		var failed error
		err := reader.Read(func(l logs.Line) error {
			j.Line(l, show)
			if !reader.More() {
				failed = v.out.Close() // the next read may wait
			}
			return failed
		})
		if failed == nil {
			failed = v.out.Close()
		}
		switch {
		case failed != nil:
			return failed
		case err != nil:
			return umbrella.NoLog(err)
		case !reader.More():
			return nil
		}
		show = v.event
		timer := time.NewTimer(lookEvery)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// lookEvery is for where changes cannot be observed.
const lookEvery = 2 * time.Second

// fact shows v where JSON is wanted.
func (v *viewer) fact(fact any) {
	switch {
	case !v.out.JSON:
	case v.following:
		v.out.Fact(fact)
	default:
		v.facts = append(v.facts, fact)
	}
}
