package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/internal/home"
	"qmailkit/internal/ids"
)

const (
	errChdir   = "unable to chdir"
	errRead    = "unable to read input"
	errWrite   = "unable to write output"
	errControl = "unable to read controls"
	errAlias   = "unable to find " + ids.Alias + " user"
)

// maxLine bounds a line of the input and of users/subusers.
const maxLine = 1 << 20

// What is asked of an account's home folder.
type homeCheck int

const (
	skipMissing homeCheck = iota // it must exist and be the user's, or the account is skipped
	stopMissing                  // the same, but one that does not exist is an error
	anyHome
)

// converter makes assignments of accounts.
type converter struct {
	proc      *cmd.Proc
	out       *bufio.Writer
	dash      string // the dash of assignments with an extension
	breakChar string // between a name and the extension, "" for no extensions
	homes     homeCheck
	upper     bool // names with upper case are accounts too

	include, exclude control.Map // nil if the file is missing
	mailnames        control.Map
	users            control.Map // user to ":user:uid:gid:home:"
	alias            bool        // the alias user was there
}

// Run prints assignments for the accounts on standard input, then those of
// users/subusers, then users/append.
func Run(p *cmd.Proc) error {
	c := &converter{proc: p, out: bufio.NewWriter(p.Stdout), dash: "-", breakChar: home.Break(), users: control.Map{}}
	if err := c.options(); err != nil {
		return err
	}
	if _, err := os.Stat(p.InHome(".")); err != nil {
		return c.fatal(errChdir)
	}
	if err := c.controls(); err != nil {
		return c.fatal(errControl)
	}
	if err := c.lines(flusher{c.out, p.Stdin}, c.account); err != nil {
		return err
	}
	if !c.alias {
		return c.fatal(errAlias)
	}
	if err := c.file("users/subusers", func(f io.Reader) error { return c.lines(f, c.subuser) }); err != nil {
		return err
	}
	if err := c.file("users/append", c.append); err != nil {
		return err
	}
	c.out.WriteString(".\n")
	if c.out.Flush() != nil {
		return c.fatal(errWrite)
	}
	return nil
}

func (c *converter) fatal(text string) error { return c.proc.Fatal(cmd.ExitTemporary, text) }

func (c *converter) options() error {
	opts := getopt.New("/ohHuUc:C", c.proc.Args)
	for opts.Next() {
		switch opts.Opt {
		case '/':
			c.dash = "-/"
		case 'o':
			c.homes = skipMissing
		case 'h':
			c.homes = stopMissing
		case 'H':
			c.homes = anyHome
		case 'u':
			c.upper = true
		case 'U':
			c.upper = false
		case 'c':
			c.breakChar = opts.Arg[:min(1, len(opts.Arg))]
		case 'C':
			c.breakChar = ""
		}
	}
	if opts.Err != nil {
		return cmd.Say(cmd.ExitPermanent, opts.Problem(c.proc.Name))
	}
	return nil
}

func (c *converter) controls() error {
	users := control.Dir(c.proc.InHome("users"))
	for _, f := range []struct {
		name string
		to   *control.Map
		make func([]string) control.Map
	}{
		{"include", &c.include, control.NewSet},
		{"exclude", &c.exclude, control.NewSet},
		{"mailnames", &c.mailnames, control.NewMap},
	} {
		lines, ok, err := users.Lines(f.name)
		if err != nil {
			return err
		}
		if ok {
			*f.to = f.make(lines)
		}
	}
	return nil
}

// flusher shows what there is before it waits for more input.
type flusher struct {
	out *bufio.Writer
	in  io.Reader
}

func (f flusher) Read(b []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, &writeError{err}
	}
	return f.in.Read(b)
}

type writeError struct{ error }

// lines gives do every line of r, without its newline, the last one too when
// it is not ended.
func (c *converter) lines(r io.Reader, do func(line string) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		if err := do(in.Text()); err != nil {
			return err
		}
	}
	return c.failure(in.Err())
}

// failure tells the two directions apart.
func (c *converter) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*writeError)):
		return c.fatal(errWrite)
	}
	return c.fatal(errRead)
}

// file opens a file of the qmail home that need not be there.
func (c *converter) file(name string, do func(io.Reader) error) error {
	f, err := os.Open(c.proc.InHome(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return c.fatal(errControl)
	}
	defer f.Close()
	return do(f)
}

// append copies a file and ends its last line, so that the dot which follows
// stands on a line of its own.
func (c *converter) append(f io.Reader) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return c.fatal(errRead)
	}
	c.out.Write(data)
	if text := string(data); text != "" && !strings.HasSuffix(text, "\n") {
		c.out.WriteString("\n")
	}
	return nil
}
