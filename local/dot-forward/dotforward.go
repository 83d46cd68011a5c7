package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/aliases"
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/local"
)

const (
	usage = "dot-forward [ -nN ] file ..."

	exitForwarded = 99 // the rest of the dot-qmail file is skipped
)

// forwarder is a run of the program.
type forwarder struct {
	*cmd.Proc
	names      *aliases.Names
	dry        bool
	user, host string

	targets []string // whom the file forwards to
	acted   bool     // the file had an instruction
	direct  bool     // one of them was to deliver to the user
}

// Run obeys the first file that is there and not empty.
func Run(p *cmd.Proc) error {
	f := &forwarder{Proc: p, user: p.Getenv("USER"), host: p.Getenv("HOST")}
	opts := getopt.New("nN", p.Args)
	for opts.Next() {
		f.dry = opts.Opt == 'n'
	}
	if opts.Err != nil {
		return p.Misuse(opts.Problem(p.Name), usage)
	}
	if err := f.controls(); err != nil {
		return err
	}
	for _, name := range opts.Args {
		if done, err := f.try(name); done || err != nil {
			return err
		}
	}
	f.tell("direct delivery")
	return nil
}

func (f *forwarder) controls() (err error) {
	if _, err := os.Stat(f.Home); err != nil {
		return f.FatalSys(cmd.ExitTemporary, "unable to chdir to "+f.Home, err)
	}
	if f.names, err = aliases.ReadNames(control.Dir(f.InHome("control")), nil); err != nil {
		return f.FatalSys(cmd.ExitTemporary, "unable to read controls", err)
	}
	return nil
}

// tell says what would be done.
func (f *forwarder) tell(text string) {
	if f.dry {
		f.Warn(text + "\n")
	}
}

// try obeys one file; done is false when it is missing or empty.
func (f *forwarder) try(name string) (done bool, err error) {
	file, err := os.Open(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, f.FatalSys(cmd.ExitTemporary, "unable to open "+name, err)
	}
	defer file.Close()
	f.targets, f.acted, f.direct = nil, false, false
	err = aliases.Lines(file, f.line)
	var unread *aliases.InputError
	if errors.As(err, &unread) {
		return false, f.FatalSys(cmd.ExitTemporary, "unable to read "+name, unread.Err)
	}
	if err != nil {
		return false, err
	}
	if len(f.targets) > 0 && !f.dry {
		if err := f.forward(); err != nil {
			return false, err
		}
	}
	switch {
	case f.direct:
		f.tell("direct delivery")
		return true, nil
	case !f.acted:
		f.tell("skipping empty file " + name)
		return false, nil
	}
	return true, cmd.Silent(exitForwarded)
}

func (f *forwarder) line(line string) error {
	if line[0] == '#' {
		return nil
	}
	err := aliases.NextLine(line, false, f.address)
	if errors.Is(err, addr.ErrSyntax) {
		return f.Fatal(cmd.ExitTemporary, "unable to parse this line: "+aliases.Printed(line))
	}
	return err
}

func (f *forwarder) address(a aliases.Address) error {
	if a.Text == "" {
		return nil
	}
	f.acted = true
	if strings.Contains(a.Text, "\x00") {
		return f.Fatal(cmd.ExitTemporary, "NUL not permitted in recipient addresses")
	}
	own := f.user
	if a.HasAt {
		own += "@" + f.host
	}
	switch {
	case aliases.Lower(a.Text) == aliases.Lower(own):
		f.direct = true
		return nil
	case a.HasAt:
	case a.Text[0] == '/':
		return f.Fatal(cmd.ExitTemporary, "file delivery "+a.Text+" not supported")
	case a.Text == "|": // "|" and a quoted command behind it: nothing would be run, the command would be mailed to
		return f.Fatal(cmd.ExitTemporary, "empty program names not permitted")
	case a.Text[0] == '|':
		return f.run(a.Text[1:])
	}
	target := f.names.Domains(f.names.AtHost(a))
	f.targets = append(f.targets, target)
	f.tell("forward " + target)
	return nil
}

// run feeds the message to a command and brings it back to its beginning.
func (f *forwarder) run(command string) error {
	if f.dry {
		f.tell("pipe through " + command)
		return nil
	}
	if err := local.Rewindable(f.Proc); err != nil {
		return err
	}
	before := f.Getenv("UFLINE") + f.Getenv("RPLINE") + f.Getenv("DTLINE")
	code, err := child.Feed(f.Proc, []string{"/bin/sh", "-c", command}, before)
	var failure *child.FeedError
	if errors.As(err, &failure) && failure.Step != child.StepWrite { // a command need not read its input
		return f.unfed(failure)
	}
	return local.Ran(f.Proc, code)
}

func (f *forwarder) unfed(failure *child.FeedError) error {
	what := ""
	switch failure.Step {
	case child.StepPipe:
		what = "unable to create pipe"
	case child.StepStart:
		what = "unable to run /bin/sh"
		if child.NoProcess(failure) {
			what = "unable to fork"
		}
	case child.StepRead:
		what = "unable to read message"
	default:
		return f.Fatal(cmd.ExitTemporary, child.ErrCrashed.Error())
	}
	return f.FatalSys(cmd.ExitTemporary, what, failure.Err)
}

func (f *forwarder) forward() error {
	f.acted = true
	pid, err := local.Enqueue(f.Proc, f.Getenv("DTLINE"), f.Getenv("NEWSENDER"), f.targets)
	if err != nil {
		return local.NotQueued(f.Proc, err, "unable to run qmail-queue", "unable to forward message: ")
	}
	f.Warn(f.Name + ": info: qp " + strconv.Itoa(pid) + "\n")
	return nil
}
