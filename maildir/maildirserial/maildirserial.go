package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
	"qmailkit/internal/sys"
	"qmailkit/internal/usermail"
	"qmailkit/maildir"
)

const usage = "maildirserial [ -b ] [ -t lifetime ] dir prefix client [ arg ... ]"

const (
	msgChdir    = "unable to chdir to "
	msgPipe     = "unable to create pipe"
	msgFork     = "unable to fork"
	msgRun      = "unable to run "
	msgClient   = "unable to read from client"
	msgStatus   = "unable to get client status"
	msgCrashed  = "client crashed"
	msgProgress = "making no progress, giving up"
)

// idle is how many times the client may end without a result for any file.
const idle = 3

// Run has the client send what the Maildir holds for the prefix, until nothing
// is left to be sent.
func Run(p *cmd.Proc) error {
	s := &serial{}
	opts := getopt.New("bt:", p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'b':
			s.bounce = true
		case 't':
			seconds, _ := control.LeadingInt(opts.Arg)
			s.limited, s.lifetime = true, time.Duration(seconds)*time.Second
		}
	}
	if opts.Err != nil || len(opts.Args) < 3 {
		return p.Misuse(opts.Problem(p.Name), usage)
	}
	sys.CatchPipe()
	inside := *p // as if it had changed its folder
	inside.Dir = p.Path(opts.Args[0])
	s.p, s.prefix, s.client, s.dead = &inside, opts.Args[1], opts.Args[2:], make(map[string]bool)
	if fi, err := os.Stat(inside.Dir + "/."); err != nil || !fi.IsDir() {
		return p.FatalSys(cmd.ExitTemporary, msgChdir+opts.Args[0], err)
	}
	if err := s.settings(); err != nil {
		return err
	}
	return s.loop()
}

// serial is one run of the program.
type serial struct {
	p        *cmd.Proc // its Dir is the Maildir
	prefix   string
	client   []string
	bounce   bool
	limited  bool
	lifetime time.Duration
	from     bouncer

	dead     map[string]bool // files that are not tried again
	progress bool            // there has been a result
}

func (s *serial) loop() error {
	for left := idle; ; {
		s.progress = false
		files, err := s.files()
		if err != nil {
			return err
		}
		if len(files) == 0 {
			if len(s.dead) > 0 {
				return cmd.Silent(cmd.ExitTemporary)
			}
			return nil
		}
		if err := s.send(files); err != nil {
			return err
		}
		if left--; s.progress {
			left = idle
		}
		if left == 0 {
			return s.p.Fatal(cmd.ExitTemporary, msgProgress)
		}
	}
}

// files lists what is to be sent, oldest first.
func (s *serial) files() ([]string, error) {
	entries, err := usermail.At(s.p, ".").Messages(maildir.New, maildir.Cur)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := e.Path()
		if s.dead[name] {
			continue
		}
		if mine, err := s.mine(name); err != nil {
			s.warn("unable to read "+name, err)
		} else if mine {
			files = append(files, name)
		}
	}
	return files, nil
}

// send runs the client once.
func (s *serial) send(files []string) error {
	listR, listW, err := os.Pipe()
	if err != nil {
		return s.p.FatalSys(cmd.ExitTemporary, msgPipe, err)
	}
	defer listW.Close()
	resultR, resultW, err := os.Pipe()
	if err != nil {
		listR.Close()
		return s.p.FatalSys(cmd.ExitTemporary, msgPipe, err)
	}
	defer resultR.Close()
	proc, err := child.StartWith(s.p, s.client, listR, resultW, s.p.Stderr)
	listR.Close()
	resultW.Close()
	if err != nil {
		what := msgRun + s.client[0]
		if errstr.NoProcess(err) {
			what = msgFork
		}
		return s.p.FatalSys(cmd.ExitTemporary, what, err)
	}
	go func() {
		for _, name := range files {
			listW.WriteString(name + "\x00") // a client that reads no more has ended
		}
		listW.Close()
	}()
	if err := s.results(files, bufio.NewReader(resultR)); err != nil {
		resultR.Close()
		child.Wait(proc)
		return err
	}
	code, err := child.Wait(proc)
	switch {
	case errors.Is(err, child.ErrCrashed):
		return s.p.Fatal(cmd.ExitTemporary, msgCrashed)
	case err != nil:
		return s.p.FatalSys(cmd.ExitTemporary, msgStatus, err)
	case code == cmd.ExitPermanent:
		return cmd.Silent(code) // the client has said why
	}
	return nil
}

// results obeys what the client reports, as long as it is about files that it
// was given.
func (s *serial) results(files []string, in *bufio.Reader) error {
	given := make(map[string]bool)
	for _, name := range files {
		given[name] = true
	}
	for {
		r, err := maildir.ReadResult(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.p.FatalSys(cmd.ExitTemporary, msgClient, err)
		}
		if !given[r.Name] {
			s.say("warning: client reports on " + r.Name + ", which is not its to send")
			continue
		}
		given[r.Name] = false
		s.progress = true
		if err := s.result(r); err != nil {
			return err
		}
	}
}

func (s *serial) result(r maildir.Result) error {
	if r.Status == 'K' {
		s.info(r, "succeeded")
		if err := os.Remove(s.p.Path(r.Name)); err != nil {
			s.warn("message will be delivered twice! unable to unlink "+r.Name, err)
			s.dead[r.Name] = true
		}
		return nil
	}
	late := r.Status != 'D' && s.tooOld(r.Name)
	if late {
		r.Status = 'D'
	}
	if s.bounce && r.Status == 'D' {
		s.info(r, "bounced")
		return s.returned(r, late)
	}
	if r.Status == 'D' {
		s.info(r, "failed")
	} else {
		s.info(r, "failed temporarily")
	}
	s.dead[r.Name] = true
	return nil
}

func (s *serial) tooOld(name string) bool {
	if !s.limited {
		return false
	}
	fi, err := os.Stat(s.p.Path(name))
	if err != nil {
		s.warn("assuming message is still alive; unable to stat "+name, err)
		return false
	}
	return s.p.Now().Unix() > fi.ModTime().Add(s.lifetime).Unix()
}

// mine tells whether the file is a message for the prefix.
func (s *serial) mine(name string) (bool, error) {
	if s.prefix == "" {
		return true, nil
	}
	f, err := os.Open(s.p.Path(name))
	if err != nil {
		return false, err
	}
	defer f.Close()
	return hasPrefix(f, s.prefix)
}

func (s *serial) say(text string) { s.p.Stderr.WriteString(s.p.Name + ": " + text + "\n") }

func (s *serial) warn(what string, err error) { s.say("warning: " + what + ": " + errstr.Text(err)) }

func (s *serial) info(r maildir.Result, what string) {
	s.say("info: " + r.Name + " " + what + ": " + r.Text)
}
