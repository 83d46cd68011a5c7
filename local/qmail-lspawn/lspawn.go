package main

import (
	"errors"
	"io"
	"os"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/ids"
	"qmailkit/internal/program"
	"qmailkit/internal/resident"
	"qmailkit/internal/spawn"
	"qmailkit/internal/sys"
	"qmailkit/internal/users"
)

const (
	getpw     = "bin/qmail-getpw"
	deliverer = "bin/qmail-local" // unless QMAILLOCAL names another
)

// Run serves qmail-send until its input ends and every delivery has been
// reported. Its argument is the default instructions.
func Run(p *cmd.Proc) error {
	mess := p.InHome("queue", "mess")
	if fi, err := os.Stat(mess); err != nil || !fi.IsDir() {
		return cmd.Silent(cmd.ExitTemporary)
	}
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	s := &spawner{proc: p, home: ids.Of(p.Home), defaults: p.Args[0], deliverer: p.Getenv("QMAILLOCAL")}
	if s.deliverer == "" {
		s.deliverer = deliverer
	}
	owner, err := s.home.User(ids.Queue)
	if err == nil {
		s.asker, err = s.home.User(ids.Passwd)
	}
	if err == nil {
		s.nofiles, err = s.home.Group(ids.GroupNofiles)
	}
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	sys.CatchPipe()
	server := spawn.Server{In: p.Stdin, Out: p.Stdout, Mess: mess, Owner: owner, Deliver: s.deliver}
	server.Serve()
	s.helpers.end()
	s.pool.Close()
	return nil
}

type spawner struct {
	proc      *cmd.Proc
	home      *ids.Home
	defaults  string // instructions where a user has none
	deliverer string // the program
	asker     uint32 // who runs qmail-getpw: qmailp
	nofiles   uint32 // and its group
	helpers   helpers
	pool      resident.Pool
}

// deliver finds the user and runs the deliverer as that user.
func (s *spawner) deliver(job spawn.Job) string {
	if job.Box == "" {
		return noBox
	}
	answer, code := s.who(job.Box)
	if code != 0 {
		return reportCode(code, "")
	}
	a, err := users.ParseAssignment(answer)
	switch {
	case err != nil:
		return reportCode(users.CodeUsage, "")
	case a.UID == 0:
		return reportCode(users.CodeRoot, "")
	case s.home.Single && a.UID != s.asker:
		return otherUser
	}
	argv := []string{s.deliverer, "--", a.User, a.Home, job.Box, a.Dash, a.Ext, job.Host, job.Sender, s.defaults}
	r, w, err := os.Pipe()
	if err != nil {
		return noPipe
	}
	defer r.Close()
	work, err := s.pool.Start(s.inHome(), s.credential(a.UID, a.GID), s.stays(), argv, job.Message, w)
	w.Close()
	if err != nil {
		return startFailure(err)
	}
	output := readReport(r)
	code, err = work.Wait()
	if err != nil {
		return crashed
	}
	return reportCode(code, output)
}

// inHome is the world of the programs that are started: they run in the qmail
// home.
func (s *spawner) inHome() *cmd.Proc {
	world := *s.proc
	world.Dir = s.proc.Home
	return &world
}

// stays returns the id of the qmail-local that may stay for further deliveries.
// One that QMAILLOCAL names may not.
func (s *spawner) stays() string {
	if s.deliverer != deliverer {
		return ""
	}
	return program.ID(s.proc.InHome(deliverer))
}

// running is a child whose output can be read.
type running struct {
	proc *os.Process
	pipe *os.File
}

// wait returns the child's exit code; ok is false when a signal ended it.
func (r *running) wait() (code int, ok bool) {
	r.pipe.Close()
	code, err := child.Wait(r.proc)
	return code, err == nil
}

// credential needs no privilege where there is only one user.
func (s *spawner) credential(uid, gid uint32) *syscall.Credential {
	if s.home.Single && int(uid) == os.Getuid() {
		return nil
	}
	return sys.Credential(uid, gid)
}

// startFailure reports why the deliverer could not be started.
func startFailure(err error) string {
	switch {
	case child.NoProcess(err):
		return noFork
	case errors.Is(err, syscall.EPERM) && os.Getuid() != 0:
		return reportCode(users.CodeUsage, "") // no right to become that user
	case errstr.Temporary(err):
		return reportCode(users.CodeSoft, "")
	}
	return reportCode(users.CodeHard, "")
}

// readReport reads all that a child says and keeps as much as fits a report.
func readReport(r io.Reader) string {
	kept := make([]byte, 0, maxReport)
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		if room := maxReport + 1 - len(kept); room > 0 {
			kept = append(kept, buf[:min(n, room)]...)
		}
		if err != nil {
			break
		}
	}
	if len(kept) > maxReport {
		kept = append(kept[:maxReport-len(tooLong)-3], tooLong...)
	}
	return string(kept)
}
