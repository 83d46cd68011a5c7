package main

import (
	"os"
	"strings"
	"syscall"
	"time"

	"qmailkit/internal/sys"
)

// patience is how long a terminal may take to show the announcement.
const patience = time.Second

// wanted is the permission that biff(1) gives a terminal: "y" sets it.
const wanted = 0o100

// terminals are those that may be written to.
type terminals struct {
	dev      string    // the folder that they are in, with a slash
	uid      int       // their owner
	deadline time.Time // when a terminal that takes nothing, a stopped one, is given up
}

// announce writes text to the terminals on which user is logged in, if their
// user has said "biff y".
func (t *terminals) announce(logins []sys.Login, user, text string) {
	for _, l := range logins {
		if l.User == user && l.Line[0] != '/' && !strings.Contains(l.Line, ".") {
			t.write(l.Line, text)
		}
	}
}

func (t *terminals) write(line, text string) {
	f, err := os.OpenFile(t.dev+line, os.O_WRONLY|os.O_APPEND|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || fi.Mode()&wanted == 0 {
		return
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != t.uid {
		return
	}
	f.SetWriteDeadline(t.deadline) // fails for what never blocks
	f.WriteString(text)
}
