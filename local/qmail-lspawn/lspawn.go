package main

import (
	"errors"
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

// How many quick jobs of a user may be under way before others wait for one of
// them to end: as many as keep the disk busy, and as answer as fast as they are
// asked.
const (
	quickLocal = 8
	quickGetpw = 2
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
	world := *p
	world.Dir = p.Home
	s := &spawner{proc: &world, home: ids.Of(p.Home), defaults: p.Args[0], deliverer: p.Getenv("QMAILLOCAL")}
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
	s.local = resident.Pool{Quick: quickLocal, Limit: maxReport + 1}
	s.getpw = resident.Pool{Quick: quickGetpw, Limit: maxAnswer, Stderr: p.Stderr}
	server := spawn.Server{In: p.Stdin, Out: p.Stdout, Mess: mess, Owner: owner, Deliver: s.deliver, NoFiles: true}
	if in, err := sys.Connect(p.Stdin); err == nil {
		defer in.Close()
		server.In = in
	}
	if out, err := sys.Connect(p.Stdout); err == nil {
		defer out.Close()
		server.Out = out
	}
	server.Serve()
	s.getpw.Close()
	s.local.Close()
	return nil
}

type spawner struct {
	proc      *cmd.Proc // the world of the programs: they run in the qmail home
	home      *ids.Home
	defaults  string // instructions where a user has none
	deliverer string // the program
	asker     uint32 // who runs qmail-getpw: qmailp
	nofiles   uint32 // and its group
	getpw     resident.Pool
	local     resident.Pool
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
	said, code, err := s.local.Do(s.proc, s.credential(a.UID, a.GID), s.stays(), argv, job.FD)
	switch {
	case err == nil:
		return reportCode(code, report(said))
	case errors.As(err, new(*resident.StartError)):
		return startFailure(err)
	case errors.As(err, new(*resident.PipeError)):
		return noPipe
	}
	return crashed
}

// stays returns the id of the qmail-local that may stay for further deliveries.
// One that QMAILLOCAL names may not.
func (s *spawner) stays() string {
	if s.deliverer != deliverer {
		return ""
	}
	return program.ID(s.proc.InHome(deliverer))
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
