// Package reportcmd is "qmail report": what zoverall and its relatives say
// about the logs, in one page.
package reportcmd

import (
	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

const about = `The figures of zoverall, zfailures, zdeferrals, zrhosts, zrecipients, zsenders, zsuids and
zddist, of the same records. The logs are those of qmail log.`

const defaultTop = 10

// Command is "qmail report".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "report", Usage: "print one page of what the logs come to", ArgsUsage: "[FILE|FOLDER|-...]", Description: about, Category: "The logs",
		Flags: []cli.Flag{
			umbrella.JSON(),
			&cli.BoolFlag{Name: "html", Usage: "print a page for a browser, with plots"},
			&cli.StringFlag{Name: "since", Usage: "count what ended at `TIME` or later: 90s, 5m, 2h, 3d, 1w ago, 15:04, 2026-11-22 or 2026-11-22T15:04:05"},
			&cli.StringFlag{Name: "until", Usage: "count what ended before `TIME`"},
			&cli.IntFlag{Name: "top", Value: defaultTop, Usage: "lines of a table, 0 for all"},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

func run(p *cmd.Proc, c *cli.Context) error {
	if c.Bool("html") && c.Bool("json") {
		return umbrella.Usage(c, "--html and --json are two")
	}
	if c.Int("top") < 0 {
		return umbrella.Usage(c, "--top is a number of lines")
	}
	since, until, err := umbrella.Span(p, c)
	if err != nil {
		return err
	}
	reader, err := logs.Find(p, c.Args().Slice())
	if err != nil {
		return umbrella.NoLog(err)
	}
	defer reader.Close()
	t := newTally(since, until)
	if err := reader.Read(func(l logs.Line) error { t.line(l); return nil }); err != nil {
		return umbrella.NoLog(err)
	}
	out := umbrella.NewOut(p, c)
	f := t.facts(c.Int("top"), p.Now().Location())
	switch {
	case c.Bool("html"):
		out.Text(page(f, p.Now()))
	default:
		f.print(out)
	}
	if err := out.Facts(f); err != nil {
		return err
	}
	return out.Close()
}
