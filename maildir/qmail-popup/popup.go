package main

import (
	"errors"
	"io"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/pop3"
	"qmailkit/internal/sys"
	"qmailkit/internal/timeoutio"
	"qmailkit/internal/tlsconf"
)

// The answers to what cannot be done.
const (
	errUsage      = "usage: popup hostname subprogram"
	errPipe       = "unable to open pipe"
	errWrite      = "unable to write pipe"
	errFork       = "unable to fork"
	errCrashed    = "aack, child crashed"
	errRefused    = "authorization failed"
	errSyntax     = "syntax error"
	errWantUser   = "USER first"
	errAuthorized = "authorization first"
)

// What standard error is told.
const (
	warning = ": warning: "
	noTLS   = ": unable to begin TLS: "
)

// Every end of a session is this exit code.
const exitCode = 1

// Implicit TLS is asked for by this variable, as qmail-smtpd's SMTPS does.
const implicit = "POP3S"

// greeter is a client that has not said yet who it is.
type greeter struct {
	*pop3.Conn
	p      *cmd.Proc
	in     io.Reader // the client, for the program that comes next
	out    io.Writer
	tls    *tlsconf.Server
	secure *tlsconf.Session // nil before TLS
	stamp  string           // "<...>", what APOP answers
}

// Run greets the client on p's standard input and output as the host of the
// first argument, and starts the program of the others once it knows who the
// client says it is.
func Run(p *cmd.Proc) error {
	sys.CatchPipe()
	g := &greeter{
		p:   p,
		in:  timeoutio.File{File: p.Stdin, Timeout: pop3.Timeout},
		out: timeoutio.File{File: p.Stdout, Timeout: pop3.Timeout},
		tls: tlsconf.NewServer(control.Dir(p.InHome("control")), p.Getenv),
	}
	g.Conn = pop3.NewConn(pop3.Slowly(g.in), g.out)
	if p.Getenv(implicit) != "" && !g.handshake() {
		return cmd.Silent(exitCode)
	}
	if err := g.serve(); err != nil {
		g.Err(err.Error())
	}
	g.Flush()
	if g.secure != nil {
		g.secure.CloseWrite() // tells the client that this is all
	}
	return cmd.Silent(exitCode)
}

func (g *greeter) serve() error {
	if len(g.p.Args) < 2 {
		return errors.New(errUsage)
	}
	g.stamp = "<" + strconv.Itoa(g.p.Pid) + "." + strconv.FormatInt(g.p.Now().Unix(), 10) + "@" + g.p.Args[0] + ">"
	g.OK(g.stamp)
	login, err := g.ask()
	if err != nil || login == nil {
		return err
	}
	if err := g.Flush(); err != nil {
		return nil
	}
	return g.check(login)
}

// handshake makes the connection secure, or says on standard error why not:
// the client could not understand it.
func (g *greeter) handshake() bool {
	for _, line := range g.tls.Warnings() {
		g.p.Stderr.WriteString(g.p.Name + warning + line + "\n")
	}
	session, err := g.tls.Handshake(tlsconf.Stream(g.in, g.out))
	if err != nil {
		g.p.Stderr.WriteString(g.p.Name + noTLS + err.Error() + "\n")
		return false
	}
	g.secure, g.in, g.out = session, session, session
	g.Conn = pop3.NewConn(pop3.Slowly(g.in), g.out)
	return true
}
