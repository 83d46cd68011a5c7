package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/ipme"
	"qmailkit/internal/sys"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/trace"
)

const about = `Looks at owners, modes, programs, the queue, control files, tables, certificates, addresses
that somebody must read, services, the port of SMTP, and names in the DNS, and says of each
thing that is wrong why it matters and which command mends it. Changes nothing. Exit code 1
when mail is at risk.`

// How long the DNS may take, unless told.
const defaultPatience = 10 * time.Second

// Command is "qmail check".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "look for everything that may be wrong, and say how to mend it", Description: about, Category: "The installation",
		Flags: []cli.Flag{
			umbrella.JSON(),
			&cli.BoolFlag{Name: "no-dns", Usage: "ask the DNS nothing"},
			&cli.BoolFlag{Name: "no-services", Usage: "do not look at what runs: qmail-send, services, ports"},
			&cli.DurationFlag{Name: "dns-time", Usage: "the DNS may take this `TIME` in all", Value: defaultPatience, DefaultText: "10s"},
			&cli.StringSliceFlag{Name: "services", Usage: "a `FOLDER` of svscan's", DefaultText: strings.Join(folders(), ", ")},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

// folders are those where svscan's services are, as a rule.
func folders() []string { return []string{"/service", "/etc/service", "/var/service"} }

// Outside is the world as it is.
func Outside(p *cmd.Proc) World {
	tracer := &trace.Tracer{Proc: p, Default: trace.DefaultInstructions, Follow: true}
	if lines, ok, err := control.Dir(p.InHome("control")).Lines("defaultdelivery"); err == nil && ok {
		tracer.Default = strings.Join(lines, "\n")
	}
	w := World{
		Proc: p, Resolver: dns.System(p.Getenv), Patience: defaultPatience, Own: ipme.Addrs, Running: true, SMTP: "127.0.0.1:25",
		Sendmail: []string{"/usr/sbin/sendmail"}, Rules: []string{"/etc/tcp.*", p.InHome("control", "tcp.*"), p.InHome("rules", "*")},
		Trace: tracer.Trace, Space: sys.Space, NoSetuid: sys.NoSetuid,
	}
	for _, dir := range folders() {
		w.Services = append(w.Services, dir+"/*")
	}
	return w
}

func run(p *cmd.Proc, c *cli.Context) error {
	if c.NArg() > 0 {
		return umbrella.Usage(c, "the whole installation is looked at: there are no arguments")
	}
	w := Outside(p)
	if dirs := c.StringSlice("services"); len(dirs) > 0 {
		w.Services = nil
		for _, dir := range dirs {
			w.Services = append(w.Services, p.Path(dir)+"/*")
		}
	}
	w.Running, w.Patience = !c.Bool("no-services"), c.Duration("dns-time")
	if c.Bool("no-dns") {
		w.Resolver = nil
	}
	r := Check(w)
	out := umbrella.NewOut(p, c)
	r.print(out)
	if err := out.Facts(r); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if r.AtRisk() {
		return cmd.Silent(umbrella.ExitFound)
	}
	return nil
}

// print says what endangers mail first.
func (r *Report) print(out *umbrella.Out) {
	risks := 0
	for _, risk := range []bool{true, false} {
		for _, f := range r.Findings {
			if f.Risk != risk {
				continue
			}
			label := out.In(umbrella.Warn, "note")
			if risk {
				risks++
				label = out.In(umbrella.Bad, "RISK")
			}
			out.Text(label, "  ", out.In(umbrella.Bold, umbrella.Safe(f.Where)), ": ", umbrella.Safe(f.What), "\n")
			out.Text("      why:  ", umbrella.Safe(f.Why), "\n")
			out.Text("      mend: ", umbrella.Safe(f.Mend), "\n")
		}
	}
	for _, s := range r.Skipped {
		out.Text("left out: ", umbrella.Safe(s), "\n")
	}
	verdict := out.In(umbrella.Good, "No mail is at risk")
	if risks > 0 {
		verdict = out.In(umbrella.Bad, fmt.Sprintf("Mail is at risk from %d findings", risks))
	}
	out.Text(fmt.Sprintf("%s; %d notes; %d things were looked at.\n", verdict, len(r.Findings)-risks, r.Looked))
}
