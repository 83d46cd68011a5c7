// Package setupcmd is "qmail setup": it makes a new home, and asks only what
// it cannot find out.
package setupcmd

import (
	"bufio"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/ids"
	"qmailkit/internal/ipme"
	"qmailkit/svc/umbrella"
)

const about = `Makes the home that this command was built for: users and groups, folders, the queue,
programs, the control files that a host needs, addresses that every host has, and a script
"rc" that starts it all. As root with qmail's own users, as anybody else a home for that
user alone. What is there already stays as it is, so it may be used again after it was cut
short. What it needs to know and cannot find out it asks, unless options say it.`

// here is the postmaster's mailbox in the folder of alias.
const here = "./Maildir/"

// answers are what a home is made from.
type answers struct {
	host       string   // the full name of the machine
	domains    []string // what else is delivered here
	postmaster string   // an address, or here
	delivery   string   // instructions for who has none
	from       string   // folder of programs; "" if they are there
}

// Command is "qmail setup".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "setup", Usage: "make a new home", Description: about, Category: "The installation",
		Flags: []cli.Flag{
			umbrella.JSON(), umbrella.DryRun(),
			&cli.StringFlag{Name: "host", Usage: "the full `NAME` of this machine", DefaultText: "its own, if that is one"},
			&cli.StringSliceFlag{Name: "domain", Usage: "mail for `DOMAIN` is delivered here too"},
			&cli.StringFlag{Name: "postmaster", Usage: "the `ADDRESS` that gets what is sent to postmaster, or " + here, DefaultText: "who calls this by sudo; " + here + " without root"},
			&cli.StringFlag{Name: "delivery", Usage: "`INSTRUCTIONS` for users who have no dot-qmail file", Value: "./Maildir/", DefaultText: "./Maildir/"},
			&cli.StringFlag{Name: "from", Usage: "the `FOLDER` of programs to install", DefaultText: "that of this command"},
		},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

// done is what is printed as JSON.
type done struct {
	Home   string   `json:"home"`
	Host   string   `json:"host"`
	DryRun bool     `json:"dry_run"`
	Made   []string `json:"made"`
}

func run(p *cmd.Proc, c *cli.Context) error {
	if c.NArg() > 0 {
		return umbrella.Usage(c, "there are no arguments: the home is the one that this command was built for, "+p.Home)
	}
	asker := &asker{p: p, c: c, in: bufio.NewReader(p.Stdin)}
	a, err := asker.answers()
	if err != nil {
		return err
	}
	out := umbrella.NewOut(p, c)
	d := done{Home: p.Home, Host: a.host, DryRun: c.Bool("dry-run"), Made: []string{}}
	s := &plan{p: p, a: a, root: os.Geteuid() == 0 && !ids.Of(p.Home).Single, ids: ids.Of(p.Home), dry: d.DryRun, did: func(what string) {
		d.Made = append(d.Made, what)
		out.Text(umbrella.Safe(what), "\n")
	}}
	if err := s.run(); err != nil {
		out.Close()
		return umbrella.Fatal("unable to make the home; setup may be begun again", err)
	}
	if !d.DryRun {
		out.Text("\nThe home is ready. \"", p.InHome("bin", "qmail"), " check\" looks at it, and ", p.InHome("rc"), " starts it.\n")
	}
	if err := out.Facts(d); err != nil {
		return err
	}
	return out.Close()
}

// asker finds out, and asks what it cannot.
type asker struct {
	p  *cmd.Proc
	c  *cli.Context
	in *bufio.Reader
}

func (a *asker) answers() (ans answers, err error) {
	ans = answers{domains: a.c.StringSlice("domain"), delivery: a.c.String("delivery")}
	if ans.from, err = a.from(); err != nil {
		return ans, err
	}
	if ans.host, err = a.host(); err != nil {
		return ans, err
	}
	for _, name := range append([]string{ans.host}, ans.domains...) {
		if strings.ContainsAny(name, " \t@:/\n") || !strings.Contains(strings.Trim(name, "."), ".") || strings.Trim(name, ".") != name {
			return ans, umbrella.Usage(a.c, name+" is not the full name of a host, such as mail.example.org")
		}
	}
	if strings.Contains(ans.delivery, "\n") {
		return ans, umbrella.Usage(a.c, "--delivery is one line")
	}
	ans.postmaster, err = a.postmaster()
	if err == nil && (strings.ContainsAny(ans.postmaster, " \t\n") || ans.postmaster == "") {
		err = umbrella.Usage(a.c, "--postmaster is an address")
	}
	return ans, err
}

// line is the first line of a file of the home that is there already.
func (a *asker) line(name string) string {
	data, err := os.ReadFile(a.p.InHome(name))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line)
}

func (a *asker) host() (string, error) {
	if name := a.c.String("host"); name != "" {
		return name, nil
	}
	if name := a.line("control/me"); name != "" {
		return name, nil
	}
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") && !strings.HasSuffix(name, ".localdomain") {
		return name, nil
	}
	if name := byAddress(dns.System(a.p.Getenv)); name != "" {
		return name, nil
	}
	return a.ask("host", "What is the full name of this machine, such as mail.example.org?")
}

// patience is how long the DNS may take.
const patience = 5 * time.Second

// byAddress is the name in the DNS of the machine's first public address.
func byAddress(resolver interface {
	PTR(netip.Addr) (string, error)
}) string {
	addrs, err := ipme.Addrs()
	if err != nil {
		return ""
	}
	found := make(chan string, 1)
	err = cmd.Within(patience, os.ErrDeadlineExceeded, func() error {
		for _, ip := range addrs {
			if !ip.IsGlobalUnicast() || ip.IsPrivate() {
				continue
			}
			if name, err := resolver.PTR(ip); err == nil {
				found <- dns.Escape(name)
				return nil
			}
		}
		return os.ErrNotExist
	})
	if err != nil {
		return ""
	}
	return <-found
}

func (a *asker) postmaster() (string, error) {
	if address := a.c.String("postmaster"); address != "" {
		return address, nil
	}
	switch line := a.line("alias/.qmail-postmaster"); {
	case line == here:
		return here, nil
	case strings.HasPrefix(line, "&"):
		return line[1:], nil
	case line != "":
		return "postmaster", nil // the others are forwarded there
	}
	if os.Geteuid() != 0 {
		return here, nil
	}
	if name := a.p.Getenv("SUDO_USER"); name != "" && name != "root" {
		if _, err := user.Lookup(name); err == nil {
			return name, nil
		}
	}
	return a.ask("postmaster", "Who reads what is sent to postmaster: which user or address?")
}

// from is the folder of the programs, if they are not in the home already.
func (a *asker) from() (string, error) {
	if dir := a.c.String("from"); dir != "" {
		return filepath.Abs(a.p.Path(dir))
	}
	self := a.p.Argv0
	if !strings.Contains(self, "/") {
		found, err := exec.LookPath(self)
		if err != nil {
			return "", nil
		}
		self = found
	}
	dir, err := filepath.Abs(filepath.Dir(a.p.Path(self)))
	if err != nil || dir == a.p.InHome("bin") || missing(filepath.Join(dir, "qmail-queue")) {
		return "", err
	}
	return dir, nil
}

// ask asks, and names the option that says it where there is nobody to answer.
func (a *asker) ask(option, question string) (string, error) {
	for range 3 {
		a.p.Stderr.WriteString(question + " ")
		line, err := a.in.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			return line, nil
		}
		if err != nil {
			a.p.Stderr.WriteString("\n")
			break
		}
	}
	return "", umbrella.Usage(a.c, "there is no answer: say --"+option)
}
