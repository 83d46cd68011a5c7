package main

import (
	"errors"
	"sync"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/send"
)

// fresh is how long the control files are believed without being read again.
const fresh = 2 * time.Second

var errNoLocals = errors.New("neither control/locals nor control/me is there")

// rules are qmail-send's, as the control files have them now.
type rules struct {
	proc *cmd.Proc

	mu   sync.Mutex
	last *send.Rules
	read time.Time
}

func (r *rules) current() (*send.Rules, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.proc.Now()
	if age := now.Sub(r.read); r.last != nil && age >= 0 && age < fresh {
		return r.last, nil
	}
	loaded, err := load(control.Dir(r.proc.InHome("control")))
	if err != nil {
		return nil, err
	}
	r.last, r.read = loaded, now
	return loaded, nil
}

// load reads what qmail-send reads to know where a recipient goes.
func load(dir control.Dir) (*send.Rules, error) {
	locals, ok, err := dir.LinesOrMe("locals")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoLocals
	}
	envNoAtHost, err := dir.LineOr("envnoathost", true, "envnoathost")
	if err != nil {
		return nil, err
	}
	percentHack, _, err := dir.Lines("percenthack")
	if err != nil {
		return nil, err
	}
	virtual, _, err := dir.Lines("virtualdomains")
	if err != nil {
		return nil, err
	}
	return send.NewRules(locals, virtual, percentHack, envNoAtHost), nil
}
