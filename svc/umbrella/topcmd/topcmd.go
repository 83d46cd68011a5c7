// Package topcmd is "qmail top": what the mail system is doing, again and
// again.
package topcmd

import (
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

const about = `Queue, deliveries under way, connections, the slowest hosts of late and those that do not
answer, and the last events. q ends it, the space bar looks at once. The logs are those of
qmail log; without any, what the queue says is shown.`

const defaultInterval = "2s"

// Command is "qmail top".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "top", Usage: "show what the mail system is doing", ArgsUsage: "[FILE|FOLDER|-...]", Description: about, Category: "The logs",
		Flags: []cli.Flag{
			umbrella.JSON(),
			&cli.BoolFlag{Name: "once", Usage: "print it once and end"},
			&cli.StringFlag{Name: "interval", Value: defaultInterval, Usage: "look again after `TIME`: 5s, 1m"},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

func run(p *cmd.Proc, c *cli.Context) error {
	interval, ok := umbrella.ParseAge(c.String("interval"))
	if !ok || interval == 0 {
		return umbrella.Usage(c, "--interval "+c.String("interval")+": write a time as 5s or 1m")
	}
	once := c.Bool("once") || c.Bool("json")
	if !once && !(sys.Terminal(p.Stdin) && sys.Terminal(p.Stdout)) {
		return umbrella.Usage(c, "this is no terminal: see --once")
	}
	reader, err := logs.Find(p, c.Args().Slice())
	if err == logs.ErrNone {
		reader, err = logs.Open(nil, nil, p.Now)
	}
	if err != nil {
		return umbrella.NoLog(err)
	}
	defer reader.Close()
	v := newView(p, reader)
	if !once {
		return v.stay(interval, umbrella.NewOut(p, c))
	}
	if err := v.look(); err != nil {
		return err
	}
	out := umbrella.NewOut(p, c)
	f := v.facts()
	for _, line := range f.lines(out, p.Now()) {
		out.Text(line, "\n")
	}
	if err := out.Facts(f); err != nil {
		return err
	}
	return out.Close()
}

// What terminals understand (ECMA-48, and xterm's other screen).
const (
	enter   = "\x1b[?1049h\x1b[?25l" // the other screen, no cursor
	leave   = "\x1b[?25h\x1b[?1049l"
	home    = "\x1b[H"
	toEnd   = "\x1b[K" // clears the line
	nothing = "\x1b[J" // clears what is below
)

// stay draws until a key or a signal ends it.
func (v *view) stay(interval time.Duration, out *umbrella.Out) (err error) {
	stop, signals := catch()
	defer stop()
	restore, err := sys.Keys(v.p.Stdin)
	if err != nil {
		return umbrella.Fatal("unable to set the terminal", err)
	}
	defer func() {
		v.p.Stdout.WriteString(leave)
		if rerr := restore(); err == nil && rerr != nil {
			err = umbrella.Fatal("unable to set the terminal back", rerr)
		}
	}()
	out.Text(enter)
	keys := make(chan byte)
	done := make(chan struct{})
	defer close(done)
	go press(v.p, keys, done)
	changed := v.reader.Watch()
	for {
		if err := v.look(); err != nil {
			return err
		}
		v.draw(out)
		if err := out.Close(); err != nil {
			return err
		}
		if !v.pause(interval, changed, keys, signals) {
			return nil
		}
	}
}

// draw writes as much as the terminal has room for.
func (v *view) draw(out *umbrella.Out) {
	columns, rows, _ := sys.TerminalSize(v.p.Stdout)
	if columns <= 0 || rows <= 0 {
		columns, rows = 80, 24
	}
	plain := *out
	lines := v.facts().lines(&plain, v.p.Now())
	if len(lines) >= rows {
		lines = lines[:rows-1]
	}
	var b strings.Builder
	b.WriteString(home)
	for _, line := range lines {
		b.WriteString(cut(line, columns) + toEnd + "\r\n")
	}
	out.Text(b.String(), nothing)
}

// cut shortens a line to so many columns; its styles have none.
func cut(line string, columns int) string {
	for i, column := 0, 0; i < len(line); i++ {
		if line[i] == '\x1b' {
			if end := strings.IndexByte(line[i:], 'm'); end > 0 {
				i += end
				continue
			}
		}
		if column++; column > columns {
			return line[:i] + "\x1b[0m"
		}
	}
	return line
}
