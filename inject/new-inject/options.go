package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"qmailkit/inject"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/internal/mess822"
)

// anonymous writes when the environment names nobody.
const anonymous = "anonymous"

// choice is what options and arguments ask for.
type choice struct {
	print                        bool // n
	from                         byte // a, A, h or H
	dropFrom, dropID             bool // F, I
	perMessage, perRecipient     bool // M, R
	dropReturnPath               bool // S
	sender                       *string
	recipients                   []string
	user, host, ownUser, ownHost string // of the author, and of the sender
}

// arguments and header tell where recipients come from.
func (o *choice) arguments() bool { return o.from != 'h' }
func (o *choice) header() bool    { return o.from == 'h' || o.from == 'H' }

func options(p *cmd.Proc) (*choice, error) {
	o := &choice{from: 'A'}
	letters := p.Getenv("QMAILINJECT")
	for i := 0; i < len(letters); i++ {
		c := letters[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		o.letter(c)
	}
	opts := getopt.New("nNaAhHFIMRSf:", p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'n':
			o.print = true
		case 'N':
			o.print = false
		case 'a', 'A', 'h', 'H':
			o.from = opts.Opt
		case 'f':
			sender := opts.Arg
			o.sender = &sender
		default:
			o.letter(opts.Opt)
		}
	}
	if opts.Err != nil {
		return nil, p.Misuse(opts.Problem(p.Name), synopsis)
	}
	o.recipients = opts.Args
	if o.from == 'A' {
		o.from = 'h'
		if len(o.recipients) > 0 {
			o.from = 'a'
		}
	}
	return o, nil
}

// letter is one of those that QMAILINJECT may hold as well.
func (o *choice) letter(c byte) {
	switch c {
	case 'F':
		o.dropFrom = true
	case 'I':
		o.dropID = true
	case 'M':
		o.perMessage = true
	case 'R':
		o.perRecipient = true
	case 'S':
		o.dropReturnPath = true
	}
}

// rewriter reads environment and control files.
func rewriter(p *cmd.Proc, o *choice) (*inject.Rewriter, error) {
	w := &inject.Rewriter{
		Now: p.Now(), IDMark: func() string { return "." + strconv.Itoa(p.Pid) + ".qmail" },
		DropFrom: o.dropFrom, DropMessageID: o.dropID, Envelope: true,
	}
	if name := p.Getenv("QMAILMFTFILE"); name != "" {
		lines, _, err := control.Dir("").Lines(p.Path(name))
		if err != nil {
			return nil, p.FatalSys(cmd.ExitTemporary, textMFT, err)
		}
		w.Lists = control.NewSet(lines)
	}
	if _, err := os.Stat(p.Home); err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, textHome+p.Home, err)
	}
	own := p.Getenv("QMAILREWRITEFILE")
	if own != "" {
		own = filepath.Clean(p.Path(own))
	}
	var err error
	w.Rules, w.IDHost, err = inject.Rewriting(control.Dir(p.InHome("control")), own, p.LookupEnv)
	var file *control.Error
	switch {
	case errors.As(err, &file) && own != "" && file.File == own:
		return nil, p.FatalSys(cmd.ExitTemporary, textRules, file.Err)
	case errors.As(err, &file):
		return nil, p.FatalSys(cmd.ExitTemporary, textRead+file.File, file.Err)
	}
	if err != nil {
		return nil, err
	}
	w.Name = o.author(p)
	w.From = w.Rules.Address(o.user + "@" + o.host)
	return w, nil
}

// author finds out who writes. A variable that is set to nothing counts as
// set.
func (o *choice) author(p *cmd.Proc) (name *string) {
	first := func(otherwise string, names ...string) string {
		for _, name := range names {
			if value, ok := p.LookupEnv(name); ok {
				return strings.ReplaceAll(value, "\n", " ") // in an envelope, too
			}
		}
		return otherwise
	}
	o.user = first(anonymous, "QMAILUSER", "MAILUSER", "USER", "LOGNAME")
	o.host = first("", "QMAILHOST", "MAILHOST")
	o.ownUser = first(o.user, "QMAILSUSER")
	o.ownHost = first(o.host, "QMAILSHOST")
	for _, variable := range []string{"QMAILNAME", "MAILNAME", "NAME"} {
		if value, ok := p.LookupEnv(variable); ok {
			return &value
		}
	}
	return nil
}

// ownSender makes a sender of the user, and what VERP needs.
func (o *choice) ownSender(p *cmd.Proc, rules mess822.Rules) string {
	user := o.ownUser
	if o.perMessage {
		user += "-" + strconv.FormatInt(p.Now().Unix(), 10) + "." + strconv.Itoa(p.Pid)
	}
	if !o.perRecipient {
		return rules.Address(user + "@" + o.ownHost)
	}
	// qmail-send makes a sender of its own for each recipient of this one.
	return rules.Address(user+"-@"+o.ownHost) + "-@[]"
}
