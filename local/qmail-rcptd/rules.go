package main

import (
	"sync"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/send"
)

// fresh is how long the control files are believed without being read again.
const fresh = 2 * time.Second

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
	loaded, err := send.LoadRules(control.Dir(r.proc.InHome("control")))
	if err != nil {
		return nil, err
	}
	r.last, r.read = loaded, now
	return loaded, nil
}
