package migrate

import (
	"bufio"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
	"qmailkit/svc/umbrella"
)

const about = `Lists each control file, variable, program, cron line and part of the queue of the
installation that this command was built for, and what will become of it. Then, unless
--dry-run is given, puts qmailkit's programs into the place of the old ones, one by one, by
renaming, while mail flows. --back puts the old ones back. qmail-send and what it has started
go on as they are until they are started again: where svscan runs them that is done, and
otherwise it is said how.`

// Command is "qmail migrate".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "migrate", Usage: "move an installation of the C programs to these, and back", Description: about, Category: "The installation",
		Flags: []cli.Flag{
			umbrella.JSON(), umbrella.DryRun(),
			&cli.StringFlag{Name: "from", Usage: "the `FOLDER` of qmailkit's programs, built for this home", DefaultText: "that of this command"},
			&cli.BoolFlag{Name: "back", Usage: "put the old programs back"},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask"},
			&cli.BoolFlag{Name: "force", Usage: "even though something is in the way"},
			&cli.StringSliceFlag{Name: "service", Usage: "a `FOLDER` with the run file of qmail-send's service", DefaultText: "what is found"},
			&cli.BoolFlag{Name: "no-restart", Usage: "do not restart qmail-send"},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

// Outside is where an installation has its parts.
func Outside(p *cmd.Proc) World {
	return World{
		Proc: p,
		Scripts: []string{
			"/service/*/run", "/etc/service/*/run", "/var/service/*/run", "/service/*/log/run", "/etc/service/*/log/run", "/var/service/*/log/run",
			p.InHome("supervise", "*", "run"), p.InHome("rc"), "/etc/init.d/*qmail*", "/etc/rc.d/*qmail*", "/usr/local/etc/rc.d/*qmail*",
			"/etc/systemd/system/*qmail*", "/lib/systemd/system/*qmail*", "/etc/xinetd.d/*", "/etc/inetd.conf", "/etc/rc.local",
		},
		Rules:    []string{"/etc/tcp.*", "/etc/tcprules.d/*", p.InHome("control", "tcp.*")},
		Crontabs: []string{"/etc/crontab", "/etc/cron.d/*", "/var/spool/cron/*", "/var/spool/cron/crontabs/*", "/var/cron/tabs/*"},
	}
}

// outcome is what is printed as JSON.
type outcome struct {
	*Survey
	DryRun    bool     `json:"dry_run"`
	Done      []string `json:"done"`      // programs that were exchanged, or put back
	Left      []string `json:"left"`      // programs that were not put back: somebody has changed them since
	Restarted []string `json:"restarted"` // services
	ToDo      []string `json:"to_do"`     // what is left to do by hand
}

func run(p *cmd.Proc, c *cli.Context) error {
	if c.NArg() > 0 {
		return umbrella.Usage(c, "there are no arguments: the home is the one that this command was built for, "+p.Home)
	}
	w := Outside(p)
	for _, dir := range c.StringSlice("service") {
		w.Scripts = append(w.Scripts, p.Path(dir)+"/run")
	}
	m := &migration{World: w, c: c, out: umbrella.NewOut(p, c), done: outcome{DryRun: c.Bool("dry-run"), Done: []string{}, Left: []string{}, Restarted: []string{}, ToDo: []string{}}}
	var err error
	if c.Bool("back") {
		err = m.back()
	} else {
		err = m.forth()
	}
	if ferr := m.out.Facts(m.done); err == nil {
		err = ferr
	}
	if cerr := m.out.Close(); err == nil {
		err = cerr
	}
	if err == nil && len(m.done.Left) > 0 {
		err = cmd.Silent(umbrella.ExitFound)
	}
	return err
}

// migration is one run of the command.
type migration struct {
	World
	c    *cli.Context
	out  *umbrella.Out
	done outcome
}

func (m *migration) forth() (err error) {
	if m.From, err = from(m.Proc, m.c); err != nil {
		return err
	}
	s, err := Look(m.World)
	if err != nil {
		return umbrella.Fatal("unable to look at the installation", err)
	}
	m.done.Survey = s
	s.print(m.out, m.Proc.Home)
	switch {
	case m.done.DryRun:
		return nil
	case s.Blocks() && !m.c.Bool("force"):
		m.out.Text("\nNothing is switched: see what is marked with !; --force does it all the same.\n")
		return cmd.Silent(umbrella.ExitFound)
	}
	if err := m.sure(); err != nil {
		return err
	}
	err = Switch(m.World, s, func(i Item) { m.done.Done = append(m.done.Done, i.Name) })
	if err != nil {
		return umbrella.Fatal("unable to switch; begin again, or take the way back with --back", err)
	}
	m.out.Text(fmt.Sprintf("\n%d programs are in their places. \"qmail migrate --back\" puts the old ones back; when you will not want that any more, remove %s.\n",
		len(m.done.Done), m.Proc.InHome(folder)))
	return m.restart(s.Services)
}

func (m *migration) back() error {
	s := &Survey{Items: []Item{}, Services: []string{}}
	s.scripts(m.World)
	s.Items = []Item{}
	m.done.Survey = s
	if m.done.DryRun {
		j, err := readJournal(m.Proc.InHome(folder))
		if err == nil && j == nil {
			err = &cmd.Permanent{Err: errNothing}
		}
		if err != nil {
			return err
		}
		for _, e := range j.last() {
			m.out.Text("would undo: ", e.op, " ", e.name, "\n")
			m.done.Done = append(m.done.Done, e.name)
		}
		return nil
	}
	left, err := Back(m.World, func(i Item) { m.done.Done = append(m.done.Done, i.Name) })
	if errors.Is(err, errNothing) {
		return &cmd.Permanent{Err: err}
	}
	if err != nil {
		return umbrella.Fatal("unable to go back; begin again", err)
	}
	m.done.Left = append(m.done.Left, left...)
	m.out.Text(fmt.Sprintf("%d programs are as they were.\n", len(m.done.Done)))
	for _, name := range left {
		m.out.Text(m.out.In(umbrella.Bad, "left: "), name, " is neither the old one nor ours: somebody has changed it; the old one is ", m.Proc.InHome(folder, oldFolder, name), "\n")
	}
	return m.restart(s.Services)
}

// sure asks, where nobody has said yes already.
func (m *migration) sure() error {
	if m.c.Bool("yes") {
		return nil
	}
	if !sys.Terminal(m.Proc.Stdin) {
		return umbrella.Usage(m.c, "nobody can be asked here: say --yes, or --dry-run")
	}
	m.Proc.Stderr.WriteString("Switch these programs now? [y/N] ")
	answer, _ := bufio.NewReader(m.Proc.Stdin).ReadString('\n')
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y") {
		return nil
	}
	return cmd.Say(cmd.ExitPermanent, "qmail: nothing has been done")
}

// restart has qmail-send started again, or says how.
func (m *migration) restart(services []string) error {
	if !running(m.Proc) {
		return nil
	}
	if len(services) == 0 || m.c.Bool("no-restart") {
		m.done.ToDo = append(m.done.ToDo, byHand(m.Proc))
	} else {
		for _, dir := range services {
			if err := Restart(m.Proc, dir); err != nil {
				m.done.ToDo = append(m.done.ToDo, "svc -t "+dir+"   # "+err.Error())
				continue
			}
			m.done.Restarted = append(m.done.Restarted, dir)
			m.out.Text("qmail-send has been started again by ", umbrella.Safe(dir), "\n")
		}
	}
	for _, todo := range m.done.ToDo {
		m.out.Text(m.out.In(umbrella.Warn, "to do: "), "qmail-send and what it has started are still the others: ", umbrella.Safe(todo), "\n")
	}
	return nil
}

// from is the folder of our programs: that of the running command, unless told.
func from(p *cmd.Proc, c *cli.Context) (string, error) {
	dir := p.Path(c.String("from"))
	if c.String("from") == "" {
		self := p.Argv0
		if !strings.Contains(self, "/") {
			if found, err := exec.LookPath(self); err == nil {
				self = found
			}
		}
		dir = filepath.Dir(p.Path(self))
	}
	dir, err := filepath.Abs(dir)
	if err == nil && dir == p.InHome("bin") {
		return "", umbrella.Usage(c, "where are the programs to switch to? They are not in this home already: --from FOLDER")
	}
	return dir, err
}
