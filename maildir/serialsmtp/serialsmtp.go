package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
	"qmailkit/internal/timeoutio"
	"qmailkit/maildir"
)

const usage = "serialsmtp prefix helohost"

const (
	msgInput    = "unable to read input"
	msgOutput   = "unable to write output"
	msgOpen     = "unable to open "
	msgFile     = "unable to read file"
	msgEOF      = "network read error: end of file"
	msgRead     = "network read error"
	msgWrite    = "network write error"
	msgProtocol = "protocol violation"
	msgGreeting = "connected but greeting failed"
	msgHelo     = "connected but my name was rejected"
)

// The descriptors of a UCSPI client, and how long the server may keep still.
const (
	fdIn, fdOut  = 6, 7
	readTimeout  = 81 * time.Second
	writeTimeout = 73 * time.Second
)

// Run sends each file that is named on p's standard input.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	sys.CatchPipe()
	c := &client{
		p: p, prefix: p.Args[0], remote: p.Getenv("TCPREMOTEIP"),
		in:  bufio.NewReader(timeoutio.File{File: p.FD(fdIn), Timeout: readTimeout}),
		out: bufio.NewWriter(timeoutio.File{File: p.FD(fdOut), Timeout: writeTimeout}),
	}
	if err := c.hello(p.Args[1]); err != nil {
		return c.fatal(err)
	}
	names := bufio.NewReader(p.Stdin)
	for {
		name, err := maildir.ReadName(names)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p.FatalSys(cmd.ExitTemporary, msgInput, err)
		}
		f, err := os.Open(p.Path(name))
		if err != nil {
			return p.FatalSys(cmd.ExitTemporary, msgOpen+name, err)
		}
		err = c.file(name, f)
		f.Close()
		if err != nil {
			return c.fatal(err)
		}
	}
	c.quit()
	return nil
}

// fatal is how p's program ends after err.
func (c *client) fatal(err error) error {
	var failure *failure
	switch {
	case errors.As(err, &failure) && failure.err != nil:
		return c.p.FatalSys(cmd.ExitTemporary, failure.what, failure.err)
	case failure != nil:
		return c.p.Fatal(cmd.ExitTemporary, failure.what)
	}
	return c.p.FatalSys(cmd.ExitTemporary, msgWrite, err)
}

// failure is what went wrong, and the system's error if there is one.
type failure struct {
	what string
	err  error
}

func (f *failure) Error() string { return f.what }
