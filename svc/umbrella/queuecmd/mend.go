package queuecmd

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/repair"
)

// finding is a repair.Finding as JSON has it.
type finding struct {
	Path       string   `json:"path"`
	ID         uint64   `json:"id,omitempty"`
	What       string   `json:"what"`
	Remedy     string   `json:"remedy"`
	Lost       bool     `json:"lost"`
	Sender     string   `json:"sender,omitempty"`
	Recipients []string `json:"recipients,omitempty"`
}

// mending is what verify and repair say as JSON.
type mending struct {
	DryRun   bool      `json:"dry_run"`
	Whole    int       `json:"whole"` // messages that are or will be delivered
	Lost     int       `json:"lost"`  // findings that are about lost mail
	Findings []finding `json:"findings"`
}

func layoutFlags() []cli.Flag {
	return []cli.Flag{
		umbrella.JSON(),
		&cli.IntFlag{Name: "split", Usage: "the queue is to have `N` folders of messages (conf-split); otherwise as many as it has", DefaultText: "as it is"},
		&cli.StringFlag{Name: "todo", Usage: "todo is to be `split` likewise (big-todo) or flat; otherwise as it is"},
	}
}

func verifyCommand(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "say what is wrong with the queue", Flags: layoutFlags(),
		Description: `Changes nothing and may be used at any time. While qmail-send runs, the queue is looked at
twice, and what was seen only once is left out. Exit code 1 when something is wrong.`,
		Action: func(c *cli.Context) error {
			opts, err := options(p, c)
			if err != nil {
				return err
			}
			plan, err := repair.Verify(p.InHome("queue"), opts)
			if err != nil {
				return umbrella.Fatal("unable to look at the queue", err)
			}
			return tell(p, c, plan, true)
		},
	}
}

func repairCommand(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "repair", Usage: "mend a queue that was copied, split otherwise, or damaged", Flags: append(layoutFlags(), umbrella.DryRun()),
		Description: `Mends names that are not the inode's, files in the wrong folder, missing folders, owners,
modes, and what is damaged of messages as far as they are whole. Nothing is removed but
empty folders that are too many: what cannot be explained goes to the folder "unexplained"
of the queue, which qmail takes no notice of. Not while qmail-send runs. Exit code 1 when
there is mail that is not, or not all of it, to be delivered: it is listed.`,
		Action: func(c *cli.Context) error {
			opts, err := options(p, c)
			if err != nil {
				return err
			}
			held, err := sendLock(p)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if err == nil && held == nil {
				return &cmd.Temporary{Err: errors.New("qmail-send is running: stop it first")}
			}
			if held != nil {
				defer held.Close()
			}
			plan, err := repair.Survey(p.InHome("queue"), opts)
			if err != nil {
				return umbrella.Fatal("unable to look at the queue", err)
			}
			if !c.Bool("dry-run") {
				progress := umbrella.NewProgress(p, "mending", plan.Steps())
				err := plan.Apply(func() { progress.Step(1) })
				progress.End()
				if err != nil {
					return umbrella.Fatal("unable to mend the queue; repair may be begun again", err)
				}
			}
			return tell(p, c, plan, c.Bool("dry-run"))
		},
	}
}

func options(p *cmd.Proc, c *cli.Context) (o repair.Options, err error) {
	o = repair.Options{Split: c.Int("split"), Todo: c.String("todo"), Now: p.Now()}
	if o.Split < 0 || o.Split > 100000 {
		return o, umbrella.Usage(c, "--split is a number from 1 to 100000")
	}
	if o.Todo != "" && o.Todo != "split" && o.Todo != "flat" {
		return o, umbrella.Usage(c, "--todo is split or flat")
	}
	if c.NArg() > 0 {
		return o, umbrella.Usage(c, "the whole queue is looked at: there are no arguments")
	}
	o.Owner, err = repair.OwnersOf(ids.Of(p.Home))
	return o, err
}

// tell prints what is, or was, wrong: lost mail one by one, the rest by kinds.
func tell(p *cmd.Proc, c *cli.Context, plan *repair.Plan, only bool) error {
	out := umbrella.NewOut(p, c)
	m := mending{DryRun: only, Whole: plan.Whole, Findings: []finding{}}
	type kind struct{ count, first int }
	kinds := make(map[string]*kind)
	var order []string
	for i, f := range plan.Findings {
		m.Findings = append(m.Findings, finding{f.Path, uint64(f.ID), f.What, f.Remedy, f.Lost, f.Sender, f.Recipients})
		if f.Lost {
			m.Lost++
			continue
		}
		if kinds[f.What] == nil {
			kinds[f.What] = &kind{0, i}
			order = append(order, f.What)
		}
		kinds[f.What].count++
	}
	for _, what := range order {
		k := kinds[what]
		f := plan.Findings[k.first]
		text := umbrella.Safe(f.Path) + ": " + f.Remedy
		if k.count > 1 {
			text = strconv.Itoa(k.count) + " times, the first " + text
		}
		out.Text(out.In(umbrella.Warn, what), ": ", text, "\n")
	}
	for _, f := range plan.Findings {
		if f.Lost {
			out.Text(out.In(umbrella.Bad, f.What), ": ", lostText(f), "; ", f.Remedy, "\n")
		}
	}
	out.Text(fmt.Sprintf("%d messages are whole; %d findings, %d of them about mail that is lost\n", m.Whole, len(m.Findings), m.Lost))
	if err := out.Facts(m); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if m.Lost > 0 || only && c.Command.Name == "verify" && len(m.Findings) > 0 {
		return cmd.Silent(umbrella.ExitFound)
	}
	return nil
}

func lostText(f repair.Finding) string {
	text := umbrella.Safe(f.Path)
	if f.Sender != "" {
		text += " from <" + umbrella.Safe(f.Sender) + ">"
	}
	if len(f.Recipients) > 0 {
		text += " to " + umbrella.Safe(strings.Join(f.Recipients, ", "))
	}
	return text
}
