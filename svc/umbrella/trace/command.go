package trace

import (
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/svc/umbrella"
)

const about = `Nothing is sent. The rules of qmail-send are applied to the address, the user is looked
up as qmail-lspawn would, and the user's own qmail-local is asked what it would do, so it
takes root, or the user, to see all of it. Programs in dot-qmail files are not run, so what
they would decide stays open. Exit code 1 when mail for an address would not arrive.`

// DefaultInstructions are those of the usual rc script.
const DefaultInstructions = "./Mailbox"

// Command is "qmail trace".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "trace", Usage: "say where mail for an address would go, and why", ArgsUsage: "ADDRESS...", Description: about,
		Category: "Mail",
		Flags: []cli.Flag{
			umbrella.JSON(),
			&cli.StringFlag{Name: "sender", Usage: "as if mail came from `ADDRESS`; routes and lists may depend on it"},
			&cli.StringFlag{Name: "default", Usage: "the `INSTRUCTIONS` that qmail-start is given for users without a dot-qmail file",
				DefaultText: "control/defaultdelivery, or " + DefaultInstructions},
			&cli.BoolFlag{Name: "no-follow", Usage: "do not go on with the addresses that mail is forwarded to"},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

func run(p *cmd.Proc, c *cli.Context) error {
	if c.NArg() == 0 {
		return umbrella.Usage(c, "which address?")
	}
	tracer := &Tracer{Proc: p, Default: c.String("default"), Sender: c.String("sender"), Follow: !c.Bool("no-follow")}
	if tracer.Default == "" {
		lines, ok, err := control.Dir(p.InHome("control")).Lines("defaultdelivery")
		if err != nil {
			return err
		}
		if tracer.Default = DefaultInstructions; ok {
			tracer.Default = strings.Join(lines, "\n")
		}
	}
	out := umbrella.NewOut(p, c)
	all := []*Trace{}
	arrives := true
	for _, address := range c.Args().Slice() {
		t, err := tracer.Trace(address)
		if err != nil {
			return umbrella.Fatal("unable to trace "+umbrella.Safe(address), err)
		}
		all = append(all, t)
		arrives = arrives && t.arrives()
		t.print(out, "")
	}
	if err := out.Facts(all); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if !arrives {
		return cmd.Silent(umbrella.ExitFound)
	}
	return nil
}

func (t *Trace) arrives() bool {
	for _, f := range t.Forwards {
		if !f.arrives() {
			return false
		}
	}
	return t.Outcome == Delivered || t.Outcome == Sent || t.Outcome == Unknown
}

// print writes a trace, and those that follow from it further to the right.
func (t *Trace) print(out *umbrella.Out, indent string) {
	line := func(parts ...string) { out.Text(indent, strings.Join(parts, ""), "\n") }
	line(out.In(umbrella.Bold, umbrella.Safe(t.Address)))
	for _, s := range t.Steps {
		line("  ", out.In(umbrella.Dim, s.Source+": "), umbrella.Safe(s.Says))
	}
	if t.File != "" {
		line("  ", out.In(umbrella.Dim, umbrella.Safe(t.File)), " says")
	}
	for _, in := range t.Instructions {
		line("    ", umbrella.Safe(in))
	}
	style := umbrella.Good
	if !(&Trace{Outcome: t.Outcome}).arrives() {
		style = umbrella.Bad
	}
	text := t.Outcome
	if t.Report != "" {
		text += ": " + umbrella.Safe(strings.ReplaceAll(t.Report, "\n", " "))
	}
	line("  ", out.In(style, text))
	for _, f := range t.Forwards {
		f.print(out, indent+"  ")
	}
}
