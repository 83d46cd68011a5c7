package smtpd

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

// What a program that RCPTCHECK names says by its exit code.
const (
	checkRefuse    = 100
	checkLater     = 111
	checkIgnore    = 112 // no more than "I don't know"
	checkOverLimit = 113
	checkNotRun    = 120
)

const (
	replyCannotRun    = "421 unable to execute recipient check (#4.3.0)"
	replyCannotVerify = "421 unable to verify recipient (#4.3.0)"
	replyTryLater     = "450 unable to verify recipient (#4.3.0)"
	replyOverLimit    = "421 you have exceeded your messaging limits (#4.3.0)"
	replyOddCheck     = "451 temporary problem (#4.4.2)"
)

const (
	maxCheckText = 1021 // bytes that a program may say on descriptor 4
	checkTime    = 5 * time.Minute
	textTime     = 5 * time.Second // for what another process than the program itself keeps open
	nullDevice   = "/dev/null"
)

// errCheckTime is a program that does not come to an end.
var errCheckTime = errors.New("the program does not come to an end")

// programs loads RCPTCHECK, else control/rcptchecks, whose programs are all
// asked.
func (l *loader) programs() error {
	path, set := l.p.LookupEnv("RCPTCHECK")
	list := []string{path}
	switch {
	case set && !strings.Contains(path, "/"):
		return unusable("RCPTCHECK: not the path of a program (qmail-ldap's switch is not supported): " + path)
	case !set && l.missing("rcptchecks"):
		return nil
	case !set:
		var err error
		if list, _, err = l.dir.Lines("rcptchecks"); err != nil || len(list) == 0 {
			return err
		}
	}
	for i, path := range list {
		if !strings.HasPrefix(path, "/") {
			list[i] = l.p.InHome(path)
		}
	}
	n, _ := l.number("", "RCPTCHECKRELAYCLIENT")
	relays := n > 0 || l.dialect == "jms1"
	p, jms1 := l.p, l.dialect == "jms1"
	l.policy.RcptCheck = func(c *Client, recipient string) string {
		if c.Relay && !relays {
			return ""
		}
		for _, path := range list {
			code, text, err := runCheck(p, path, c, recipient)
			if text != "" {
				c.say("RCPTCHECK error: " + text)
			}
			if reply := checkReply(code, text, err, jms1); reply != "" {
				return reply
			}
		}
		return ""
	}
	return nil
}

// checkReply makes a reply of what a program says.
func checkReply(code int, text string, err error, jms1 bool) string {
	if err != nil {
		return replyCannotRun
	}
	reply := ""
	switch code {
	case checkRefuse:
		reply = replyNoBox
	case checkLater:
		if !jms1 {
			return replyCannotVerify
		}
		reply = replyTryLater
	case checkOverLimit:
		reply = replyOverLimit
	case checkNotRun:
		return replyCannotRun
	default: // checkIgnore among them
		return ""
	}
	switch {
	case text == "":
		return reply
	case len(text) > 3 && (text[0] == '4' || text[0] == '5') && text[1]-'0' < 10 && text[2]-'0' < 10 && text[3] == ' ':
		return oneLine(text)
	}
	return replyOddCheck
}

// runCheck asks one program. It reads nothing, and what it prints goes to the
// log; text is what it says on descriptor 4.
func runCheck(p *cmd.Proc, path string, c *Client, recipient string) (code int, text string, err error) {
	told := c.Environment(p)
	told.Dir = p.Home
	told.Setenv("SENDER", c.Sender)
	told.Setenv("RECIPIENT", recipient)
	told.Setenv("HELO", c.Helo)
	told.Setenv("USE_FD4", "1")
	for name, set := range map[string]bool{"RCPTFOUND": c.Listed, "RCPTHOSTS": c.ForUs} {
		told.Unsetenv(name)
		if set {
			told.Setenv(name, "1")
		}
	}
	null, err := os.Open(nullDevice)
	if err != nil {
		return 0, "", err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	proc, err := child.StartWith(told, []string{path}, null, p.Stderr, p.Stderr, nil, w)
	w.Close()
	if err != nil {
		return 0, "", err
	}
	late := time.AfterFunc(checkTime, func() { proc.Kill() })
	said := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(io.LimitReader(r, maxCheckText))
		said <- b
		io.Copy(io.Discard, r)
	}()
	code, err = child.Wait(proc)
	if !late.Stop() {
		return 0, "", errCheckTime
	}
	if err != nil {
		return 0, "", err
	}
	select {
	case b := <-said:
		text = strings.TrimRight(string(b), "\r\n")
	case <-time.After(textTime):
	}
	return code, text, nil
}
