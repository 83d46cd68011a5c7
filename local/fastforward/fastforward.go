package main

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cdb"
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/local"
)

const (
	usage = "fastforward [ -nNpP ] data.cdb"

	noMailbox     = "Sorry, no mailbox here by that name. (#5.1.1)"
	noSender      = "original envelope sender" // what -n shows when SENDER is not set
	exitForwarded = 99                         // the rest of the dot-qmail file is skipped
)

// forwarder is a run of the program.
type forwarder struct {
	*cmd.Proc
	name string // of the database
	db   *cdb.Reader

	dry, pass, byDefault bool

	sender     string
	recipients []string // in the order in which they were found
	todo       []string // commands to follow, the next one last
	done       map[string]bool
}

// Run forwards the message to whom the database names.
func Run(p *cmd.Proc) error {
	f := &forwarder{Proc: p, done: map[string]bool{}}
	args, err := f.options()
	if err != nil {
		return err
	}
	f.name = args[0]
	if f.db, err = cdb.Open(p.Path(f.name)); err != nil {
		return f.unread(f.name, err)
	}
	defer f.db.Close()
	recipient, err := f.recipient()
	if err != nil {
		return err
	}
	if err := f.start(recipient); err != nil {
		return err
	}
	if err := f.follow(); err != nil {
		return err
	}
	if f.dry {
		return f.show()
	}
	if len(f.recipients) == 0 {
		return f.end("")
	}
	return f.forward()
}

func (f *forwarder) options() ([]string, error) {
	opts := getopt.New("nNpPdD", f.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'n', 'N':
			f.dry = opts.Opt == 'n'
		case 'p', 'P':
			f.pass = opts.Opt == 'p'
		default:
			f.byDefault = opts.Opt == 'd'
		}
	}
	if opts.Err != nil || len(opts.Args) == 0 {
		return nil, f.Misuse(opts.Problem(f.Name), usage)
	}
	return opts.Args, nil
}

func (f *forwarder) unread(name string, err error) error {
	if errors.Is(err, cdb.ErrFormat) {
		err = syscall.EIO
	}
	return f.FatalSys(cmd.ExitTemporary, "unable to read "+name, err)
}

// recipient is the address that the message came for; it sets the sender too.
func (f *forwarder) recipient() (string, error) {
	recipient, set := f.LookupEnv("RECIPIENT")
	switch {
	case f.byDefault:
		box, set := f.LookupEnv("DEFAULT")
		if !set {
			box, set = f.LookupEnv("EXT")
		}
		if !set {
			return "", f.Fatal(cmd.ExitPermanent, "$DEFAULT or $EXT must be set")
		}
		host, set := f.LookupEnv("HOST")
		if !set {
			return "", f.Fatal(cmd.ExitPermanent, "$HOST must be set")
		}
		recipient = box + "@" + host
	case !set:
		return "", f.Fatal(cmd.ExitPermanent, "$RECIPIENT must be set")
	}
	if f.sender, set = f.LookupEnv("SENDER"); set {
		return recipient, nil
	}
	if !f.dry {
		return "", f.Fatal(cmd.ExitPermanent, "$SENDER must be set")
	}
	f.sender = noSender
	return recipient, nil
}

// show tells what would be forwarded.
func (f *forwarder) show() error {
	if len(f.recipients) == 0 {
		return f.end("no forwarding\n")
	}
	text := "from <" + safe(f.sender) + ">\n"
	for i := len(f.recipients) - 1; i >= 0; i-- {
		text += "to <" + safe(f.recipients[i]) + ">\n"
	}
	return f.end(text)
}

// end is how a run ends that found the recipient.
func (f *forwarder) end(text string) error {
	code := 0
	if f.pass {
		code = exitForwarded
	}
	return &cmd.Exit{Code: code, Text: text}
}

// safe is s without control characters and bytes that are not ASCII.
func safe(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c >= 128 {
			b[i] = '_'
		}
	}
	return string(b)
}

// program runs a command on the message, which is brought back to its
// beginning then.
func (f *forwarder) program(command string) error {
	if f.dry {
		f.Warn("run " + safe(command) + "\n")
		return nil
	}
	if err := local.Rewindable(f.Proc); err != nil {
		return err
	}
	argv := []string{"sh", "-c", command[1:]}
	if command[0] == '!' {
		argv = append([]string{"preline"}, argv...)
	}
	pid, err := child.Start(f.Proc, f.Stdin, argv)
	if err != nil {
		if child.NoProcess(err) {
			return f.FatalSys(cmd.ExitTemporary, "unable to fork", err)
		}
		return f.FatalSys(cmd.ExitTemporary, "unable to run "+command, err)
	}
	code, err := child.WaitPid(pid)
	if err != nil {
		return f.Fatal(cmd.ExitTemporary, "child crashed in "+command)
	}
	return local.Ran(f.Proc, code)
}

func (f *forwarder) forward() error {
	to := make([]string, 0, len(f.recipients))
	for i := len(f.recipients) - 1; i >= 0; i-- {
		to = append(to, f.recipients[i])
	}
	pid, err := local.Enqueue(f.Proc, f.Getenv("DTLINE"), f.sender, to)
	if err != nil {
		return local.NotQueued(f.Proc, err, "unable to fork", "")
	}
	return f.end(f.Name + ": qp " + strconv.Itoa(pid) + "\n")
}

// list adds the commands of a mailing list to those to follow. It must be
// open to all: an address in the database may have been put there by somebody
// who may read less than this program.
func (f *forwarder) list(name string) error {
	file, err := os.Open(f.Path(name))
	if err != nil {
		return f.unread(name, err)
	}
	defer file.Close()
	fi, err := file.Stat()
	if err != nil {
		return f.FatalSys(cmd.ExitTemporary, "unable to stat "+name, err)
	}
	if fi.Mode().Perm()&0o444 != 0o444 {
		return f.Fatal(cmd.ExitTemporary, name+" is not world-readable")
	}
	err = aliases.Entries(file, func(entry string) error {
		f.later(entry)
		return nil
	})
	if err != nil {
		return f.unread(name, err)
	}
	return nil
}
