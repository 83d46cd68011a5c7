// Package cmd is the one shape that every program of qmailkit has: main calls
// Main with the program's name and its Run; Run gets all that it may touch of
// the outside in a Proc and says how it ends by the error that it returns.
//
// The package stays small enough for qmail-queue: it imports neither fmt nor
// anything of the network.
package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"qmailkit/internal/home"
	"qmailkit/internal/plain"
)

// Proc is the world of one running program. Tests make their own.
type Proc struct {
	Name   string   // what the program calls itself in messages
	Argv0  string   // what it was called, argv[0]; few programs act on it
	Args   []string // argv[1:]
	Env    []string // NAME=value, as of os.Environ
	Dir    string   // the folder that relative names start from; "" is the process's own
	Home   string   // the qmail home, "/var/qmail" unless built otherwise
	Pid    int      // goes into message ids, log lines and file names
	Stdin  *os.File // descriptor 0
	Stdout *os.File // descriptor 1; qmail-queue reads its envelope from it
	Stderr *os.File // descriptor 2

	Now func() time.Time     // the clock
	FD  func(n int) *os.File // an inherited descriptor above 2
}

// Main runs the program called name and exits with the code that Run's error
// asks for. It is all that a main function holds.
func Main(name string, run func(*Proc) error) {
	p := &Proc{
		Name: name, Argv0: os.Args[0], Args: os.Args[1:], Env: os.Environ(), Home: home.Dir(), Pid: os.Getpid(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now,
		FD: func(n int) *os.File { return os.NewFile(uintptr(n), "") },
	}
	os.Exit(p.End(run(p)))
}

// End writes what err has to say to Stderr and returns the exit code it asks for.
func (p *Proc) End(err error) int {
	code, text := Outcome(p.Name, err)
	if text != "" {
		p.Warn(text)
	}
	return code
}

// Warn writes text to Stderr as it stands. That nobody reads it any more is no
// reason to end, as it is for a write of package os to descriptor 1 or 2.
func (p *Proc) Warn(text string) { plain.Write(p.Stderr, []byte(text)) }

// Getenv returns the first value that the environment holds for name, as
// getenv(3) does, or "".
func (p *Proc) Getenv(name string) string {
	v, _ := p.LookupEnv(name)
	return v
}

// LookupEnv is Getenv that also says whether name is set at all.
func (p *Proc) LookupEnv(name string) (string, bool) {
	for _, e := range p.Env {
		if len(e) > len(name) && e[len(name)] == '=' && e[:len(name)] == name {
			return e[len(name)+1:], true
		}
	}
	return "", false
}

// Setenv replaces every value of name in the environment that children get.
func (p *Proc) Setenv(name, value string) {
	p.Unsetenv(name)
	p.Env = append(p.Env, name+"="+value)
}

// Unsetenv removes every value of name from the environment that children get.
func (p *Proc) Unsetenv(name string) {
	kept := make([]string, 0, len(p.Env)+1)
	for _, e := range p.Env {
		if !strings.HasPrefix(e, name+"=") {
			kept = append(kept, e)
		}
	}
	p.Env = kept
}

// Path returns name as seen from Dir.
func (p *Proc) Path(name string) string {
	if p.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.Dir, name)
}

// InHome joins the parts of a name below the qmail home.
func (p *Proc) InHome(parts ...string) string {
	return filepath.Join(append([]string{p.Home}, parts...)...)
}

// Within runs f and returns its error, or late after d has passed while f was
// still running: the program then ends with what f was doing left undone, as
// alarm(2) ends one.
func Within(d time.Duration, late error, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return late
	}
}
