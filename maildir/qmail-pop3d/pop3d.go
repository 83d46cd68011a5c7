package main

import (
	"errors"
	"os"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/pop3"
	"qmailkit/internal/timeoutio"
	"qmailkit/maildir"
)

// The answers to what cannot be done.
const (
	errNoMaildir = "this user has no $HOME/Maildir"
	errScan      = "unable to scan $HOME/Maildir"
	errSyntax    = "syntax error"
	errVerb      = "unimplemented"
	errDeleted   = "already deleted"
	errZero      = "messages are counted from 1"
	errTooBig    = "not that many messages"
	errOpen      = "unable to open that message"
	errUnlink    = "unable to unlink all deleted messages"
)

// Capabilities, RFC 2449: what both sides of the login can do.
var capabilities = []string{"USER", "TOP", "UIDL", "PIPELINING", "IMPLEMENTATION qmailkit"}

// Run serves the Maildir that the first argument names on p's standard input
// and output.
func Run(p *cmd.Proc) error {
	if os.Getuid() == 0 {
		return cmd.Say(1, "qmail-pop3d invoked as uid 0, terminating")
	}
	conn := pop3.NewConn(timeoutio.File{File: p.Stdin, Timeout: pop3.Timeout}, timeoutio.File{File: p.Stdout, Timeout: pop3.Timeout})
	if err := serve(p, conn); err != nil {
		conn.Err(err.Error())
	}
	conn.Flush()
	return nil
}

// session is a Maildir as it was when the client came.
type session struct {
	*pop3.Conn
	dir      string
	messages []message
	last     int   // the highest number deleted
	broken   error // a message could be sent only in part: the session must end before its end is taken for one
}

type message struct {
	maildir.Entry
	deleted bool
}

func serve(p *cmd.Proc, conn *pop3.Conn) error {
	if len(p.Args) == 0 || p.Args[0] == "" {
		return errors.New(errNoMaildir)
	}
	s := &session{Conn: conn, dir: p.Path(p.Args[0])}
	if _, err := os.Stat(s.dir + "/."); err != nil {
		return errors.New(errNoMaildir)
	}
	maildir.Clean(s.dir, p.Now())
	entries, err := maildir.Scan(s.dir, maildir.New, maildir.Cur)
	if err != nil {
		return errors.New(errScan)
	}
	for _, e := range entries {
		s.messages = append(s.messages, message{Entry: e})
	}
	s.OK("")
	for {
		verb, arg, err := s.Command()
		switch {
		case errors.Is(err, pop3.ErrLine):
			return err
		case err != nil:
			return nil // gone without QUIT: nothing is deleted
		case verb == "QUIT":
			s.quit()
			return nil
		}
		if s.do(verb, arg); s.broken != nil {
			return nil
		}
	}
}

func (s *session) do(verb, arg string) {
	switch verb {
	case "STAT":
		s.stat()
	case "LIST":
		s.list(arg, func(m message) string { return strconv.FormatInt(m.Size, 10) })
	case "UIDL":
		s.list(arg, func(m message) string { return m.UniqueName() })
	case "DELE":
		s.dele(arg)
	case "RETR":
		s.retr(arg)
	case "TOP":
		s.top(arg)
	case "RSET":
		s.rset()
	case "LAST":
		s.OK(strconv.Itoa(s.last))
	case "NOOP":
		s.OK("")
	case "CAPA":
		s.Lines(capabilities)
	default:
		s.Err(errVerb)
	}
}

// stat counts what is not deleted.
func (s *session) stat() {
	n, total := 0, int64(0)
	for _, m := range s.messages {
		if !m.deleted {
			n++
			total += m.Size
		}
	}
	s.OK(strconv.Itoa(n) + " " + strconv.FormatInt(total, 10))
}

func (s *session) rset() {
	for i := range s.messages {
		s.messages[i].deleted = false
	}
	s.last = 0
	s.OK("")
}

// number finds the message that arg begins with the number of, or has told
// the client why there is none.
func (s *session) number(arg string) (i int, ok bool) {
	n, digits := control.LeadingInt(arg)
	switch {
	case digits == 0:
		s.Err(errSyntax)
	case n == 0:
		s.Err(errZero)
	case n > len(s.messages):
		s.Err(errTooBig)
	case s.messages[n-1].deleted:
		s.Err(errDeleted)
	default:
		return n - 1, true
	}
	return 0, false
}

func (s *session) list(arg string, what func(message) string) {
	line := func(i int) string { return strconv.Itoa(i+1) + " " + what(s.messages[i]) }
	if arg != "" {
		if i, ok := s.number(arg); ok {
			s.OK(line(i))
		}
		return
	}
	var lines []string
	for i, m := range s.messages {
		if !m.deleted {
			lines = append(lines, line(i))
		}
	}
	s.Lines(lines)
}

func (s *session) dele(arg string) {
	i, ok := s.number(arg)
	if !ok {
		return
	}
	s.messages[i].deleted = true
	s.last = max(s.last, i+1)
	s.OK("")
}

// quit deletes what is to be deleted, and makes new mail old.
func (s *session) quit() {
	for _, m := range s.messages {
		if m.deleted {
			if os.Remove(s.dir+"/"+m.Path()) != nil {
				s.Err(errUnlink)
			}
		} else if m.Folder == maildir.New {
			os.Rename(s.dir+"/"+m.Path(), s.dir+"/"+maildir.Cur+"/"+m.SeenName()) // if not, it stays new
		}
	}
	s.OK("")
}
