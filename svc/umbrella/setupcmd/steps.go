package setupcmd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/passwd"
	"qmailkit/internal/setup"
	"qmailkit/svc/umbrella/layout"
	"qmailkit/svc/umbrella/repair"
)

// split is how many folders a new queue has messages in (conf-split).
const split = 23

// plan is what is to be done, in order. What is there already stays as it is.
type plan struct {
	p    *cmd.Proc
	a    answers
	root bool // qmail's own users are used
	ids  *ids.Home
	did  func(string) // is told of what is done, or would be
	dry  bool
}

// run does everything.
func (s *plan) run() error {
	for _, step := range []func() error{s.accounts, s.home, s.queue, s.programs, s.controls, s.aliases, s.script} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// do does one thing, or only says so.
func (s *plan) do(what string, act func() error) error {
	s.did(what)
	if s.dry {
		return nil
	}
	return act()
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist)
}

var errAccounts = errors.New("there is neither useradd nor pw to make qmail's users with; make them by hand, as INSTALL.ids of qmail tells")

// accounts makes qmail's groups and users.
func (s *plan) accounts() error {
	if !s.root {
		return nil
	}
	for _, name := range []string{ids.GroupNofiles, ids.GroupQueue} {
		if _, ok, err := passwd.LookupGroup(name); err != nil || ok {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.do("group "+name, func() error { return s.account([]string{"groupadd", name}, []string{"pw", "groupadd", name}) }); err != nil {
			return err
		}
	}
	for _, u := range []struct{ name, group, dir string }{
		{ids.Alias, ids.GroupNofiles, s.p.InHome("alias")}, {ids.Daemon, ids.GroupNofiles, s.p.Home}, {ids.Log, ids.GroupNofiles, s.p.Home},
		{ids.Passwd, ids.GroupNofiles, s.p.Home}, {ids.Queue, ids.GroupQueue, s.p.Home}, {ids.Remote, ids.GroupQueue, s.p.Home}, {ids.Send, ids.GroupQueue, s.p.Home},
	} {
		if _, ok, err := passwd.Lookup(u.name); err != nil || ok {
			if err != nil {
				return err
			}
			continue
		}
		err := s.do("user "+u.name, func() error {
			return s.account([]string{"useradd", "-g", u.group, "-d", u.dir, "-s", "/bin/false", u.name}, []string{"pw", "useradd", u.name, "-g", u.group, "-d", u.dir, "-s", "/usr/sbin/nologin"})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// account runs the first of the commands that there is.
func (s *plan) account(commands ...[]string) error {
	for _, words := range commands {
		if _, err := exec.LookPath(words[0]); err != nil {
			continue
		}
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(string(out)))
		}
		return nil
	}
	return errAccounts
}

// home makes the folders. The queue's comes with them: a home belongs to one
// user as soon as both do.
func (s *plan) home() error {
	for _, f := range layout.Folders() {
		path := s.p.InHome(f.Name)
		if !missing(path) {
			continue
		}
		if err := s.do("folder "+path, func() error { return os.MkdirAll(path, 0o755) }); err != nil {
			return err
		}
		if f.Name == "" && !s.dry {
			if err := os.Mkdir(s.p.InHome("queue"), 0o700); err != nil && !os.IsExist(err) {
				return err
			}
			s.ids = ids.Of(s.p.Home)
		}
		if err := s.own(path, f.Owner, f.Mode); err != nil {
			return err
		}
	}
	if !s.dry {
		s.ids = ids.Of(s.p.Home)
	}
	return nil
}

// own gives a path to one of qmail's users.
func (s *plan) own(path, owner string, mode os.FileMode) error {
	if s.dry {
		return nil
	}
	if os.Geteuid() == 0 {
		uid, err := layout.UID(s.ids, owner)
		if err != nil {
			return err
		}
		gid, err := s.ids.Group(ids.GroupQueue)
		if err != nil {
			return err
		}
		if err := os.Lchown(path, int(uid), int(gid)); err != nil {
			return err
		}
	}
	if s.ids.Single {
		mode = mode.Perm() // set-group-id needs a group that the user is in
	}
	return os.Chmod(path, mode)
}

// queue makes what is missing of it as "qmail queue repair" does.
func (s *plan) queue() error {
	if !missing(s.p.InHome("queue", "lock", "sendmutex")) && !missing(s.p.InHome("queue", "mess", "0")) {
		return nil
	}
	return s.do("queue "+s.p.InHome("queue"), func() error {
		owners, err := repair.OwnersOf(s.ids)
		if err != nil {
			return err
		}
		plan, err := repair.Survey(s.p.InHome("queue"), repair.Options{Split: split, Owner: owners, Now: s.p.Now()})
		if err != nil {
			return err
		}
		return plan.Apply(func() {})
	})
}

// programs copies those that are not there.
func (s *plan) programs() error {
	if s.a.from == "" {
		return nil
	}
	entries, err := os.ReadDir(s.a.from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, dir := e.Name(), "bin"
		from := filepath.Join(s.a.from, name)
		fi, err := os.Stat(from)
		if err != nil || !fi.Mode().IsRegular() || fi.Mode().Perm()&0o111 == 0 || name[0] == '.' || layout.InSetup(name) {
			continue
		}
		to := s.p.InHome(dir, name)
		if !missing(to) {
			continue
		}
		err = s.do("program "+to, func() error {
			looks, err := layout.LooksOf(s.ids, name)
			if err != nil {
				return err
			}
			staged := s.p.InHome(dir, "."+name+".new")
			if err := os.Remove(staged); err != nil && !os.IsNotExist(err) {
				return err
			}
			if err := looks.Install(from, staged); err != nil {
				return err
			}
			return os.Rename(staged, to)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// file writes a file of the home, if it is not there.
func (s *plan) file(name, text, owner string, mode os.FileMode) error {
	path := s.p.InHome(name)
	if !missing(path) {
		return nil
	}
	line, _, _ := strings.Cut(text, "\n")
	return s.do("file "+path+": "+line, func() error {
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return err
		}
		return s.own(path, owner, mode)
	})
}

// controls writes the settings that a host needs.
func (s *plan) controls() error {
	defaultDomain, plusDomain := setup.Domains(s.a.host)
	hosts := strings.Join(append([]string{"localhost", s.a.host}, s.a.domains...), "\n") + "\n"
	for _, f := range []struct{ name, text string }{
		{"me", s.a.host + "\n"}, {"defaultdomain", defaultDomain + "\n"}, {"plusdomain", plusDomain + "\n"},
		{"locals", hosts}, {"rcpthosts", hosts}, {"defaultdelivery", s.a.delivery + "\n"},
	} {
		if err := s.file("control/"+f.name, f.text, layout.Root, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// aliases makes the addresses that every host has.
func (s *plan) aliases() error {
	text := "&" + s.a.postmaster + "\n"
	if s.a.postmaster == here {
		text = here + "\n"
		if err := s.maildir(s.p.InHome("alias", "Maildir")); err != nil {
			return err
		}
	}
	for _, name := range []string{"postmaster", "mailer-daemon", "root"} {
		if err := s.file("alias/.qmail-"+name, text, ids.Alias, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (s *plan) maildir(path string) error {
	for _, sub := range []string{"", "new", "cur", "tmp"} {
		dir := filepath.Join(path, sub)
		if !missing(dir) {
			continue
		}
		err := s.do("folder "+dir, func() error { return os.Mkdir(dir, 0o700) })
		if err == nil {
			err = s.own(dir, ids.Alias, 0o700)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// script writes what starts the system.
func (s *plan) script() error {
	quoted := "'" + strings.ReplaceAll(s.p.Home, "'", `'\''`) + "'"
	text := "#!/bin/sh\n# Runs qmail; the log goes to standard output.\nexec env - PATH=" + quoted + "/bin:/usr/local/bin:/usr/bin:/bin \\\n  qmail-start \"$(cat " + quoted + "/control/defaultdelivery)\"\n"
	return s.file("rc", text, layout.Root, 0o755)
}
