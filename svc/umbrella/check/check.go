// Package check is "qmail check": it looks at everything that an installation
// depends on and says what is wrong, why that matters, and which command mends
// it. It changes nothing.
package check

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/ids"
	"qmailkit/svc/umbrella/trace"
)

// Finding is something that is wrong.
type Finding struct {
	Kind  string `json:"kind"`  // the same word for the same thing
	Risk  bool   `json:"risk"`  // mail may be lost, refused, read or sent by strangers, or wait
	Where string `json:"where"` // a path, with a line behind it where one is meant; or a name
	What  string `json:"what"`
	Why   string `json:"why"`
	Mend  string `json:"mend"` // a command, or what to do where no command can know
}

// Resolver asks the DNS; *dns.Resolver is one.
type Resolver interface {
	MX(name string) ([]dns.MX, error)
	IPv4(name string) ([]netip.Addr, error)
	IPv6(name string) ([]netip.Addr, error)
	PTR(netip.Addr) (string, error)
}

// World is what lies outside of the home. A test makes its own.
type World struct {
	Proc     *cmd.Proc
	Resolver Resolver // nil is not asked
	Patience time.Duration
	Own      func() ([]netip.Addr, error) // addresses of this machine

	Running  bool     // whether it is to be looked at what runs
	SMTP     string   // where qmail-smtpd should answer
	Services []string // patterns of service folders
	Sendmail []string // where programs look for a sendmail
	Rules    []string // patterns of sources of tcprules' tables

	Trace    func(address string) (*trace.Trace, error)              // nil: nothing is traced
	Space    func(path string) (free, total, files int64, err error) // of file systems
	NoSetuid func(path string) bool                                  // whether set-uid bits have no effect there
}

// Report is what came out.
type Report struct {
	Findings []Finding `json:"findings"`
	Skipped  []string  `json:"skipped"` // what was not looked at, and why
	Looked   int       `json:"looked"`  // how many things were looked at
}

// AtRisk tells whether mail is.
func (r *Report) AtRisk() bool {
	for _, f := range r.Findings {
		if f.Risk {
			return true
		}
	}
	return false
}

// Check looks at everything.
func Check(w World) *Report {
	c := &checker{World: w, report: Report{Findings: []Finding{}, Skipped: []string{}}, home: ids.Of(w.Proc.Home), dir: control.Dir(w.Proc.InHome("control"))}
	for _, step := range []func(){
		c.users, c.way, c.folders, c.programs, c.queue, c.room, c.controls, c.domains, c.routes, c.tables, c.policies, c.assignments,
		c.certificates, c.aliases, c.running, c.names,
	} {
		step()
	}
	return &c.report
}

type checker struct {
	World
	home   *ids.Home
	dir    control.Dir
	report Report
	noUser bool // a user of qmail is missing: nothing can be said about owners

	me      string // control/me
	present map[string]bool
}

// risk is a finding that endangers mail, note one that does not.
func (c *checker) risk(kind, where, what, why, mend string) {
	c.report.Findings = append(c.report.Findings, Finding{kind, true, where, what, why, mend})
}

func (c *checker) note(kind, where, what, why, mend string) {
	c.report.Findings = append(c.report.Findings, Finding{kind, false, where, what, why, mend})
}

func (c *checker) skip(what, why string) {
	c.report.Skipped = append(c.report.Skipped, what+": "+why)
}

func (c *checker) path(parts ...string) string { return c.Proc.InHome(parts...) }

// look counts a thing that is being looked at, and looks at it.
func (c *checker) look(path string) (fs.FileInfo, *syscall.Stat_t, error) {
	c.report.Looked++
	fi, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	return fi, fi.Sys().(*syscall.Stat_t), nil
}

// owner finds out whether path, whose st is given, belongs to the wrong user.
func (c *checker) owner(path string, st *syscall.Stat_t, owner string, uid uint32, why string) {
	if !c.noUser && st.Uid != uid {
		if c.home.Single {
			owner = fmt.Sprint(uid)
		}
		c.risk("owner", path, fmt.Sprintf("it belongs to uid %d, not to %s", st.Uid, owner), why, "chown "+owner+" "+quote(path))
	}
}

// quote makes a word that a shell takes as it is.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// reason is an error without the path that stands before it anyway.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	var file *control.Error
	if errors.As(err, &file) {
		return file.Err.Error()
	}
	return err.Error()
}

// missing tells whether err says that something is not there.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
