package main

import (
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/sys"
)

const usage = "sendmail [ -t ] [ -fsender ] [ -Fname ] [ -bp ] [ -bs ] [ arg ... ]"

// What sendmail says when it does not do the work.
const (
	textHome    = "unable to switch to qmail home directory"
	textRun     = "unable to run "
	textAliases = "please use fastforward/newaliases instead"
	textDaemon  = "to receive mail by SMTP, run qmail-smtpd under tcpserver: see qmail-smtpd(8)"
)

// letters are the options. The second part is not of the C program:
// other sendmails have them, and programs that call sendmail pass them.
const letters = "vimte:f:p:o:B:F:EJxb:" + "r:N:R:V:C:O:X:L:h:AGUndq"

// The programs that do the work, below the home, and the names that sendmail
// goes by besides its own.
const (
	programInject = "qmail-inject"
	programServer = "qmail-smtpd"
	programList   = "qmail-qread"
	nameList      = "mailq"
	nameAliases   = "newaliases"
)

// Run is sendmail. It becomes another program and does not return, or returns
// what is wrong.
func Run(p *cmd.Proc) error {
	argv, err := work(p)
	if err != nil || argv == nil {
		return err
	}
	if err := syscall.Chdir(p.Home); err != nil {
		return p.Fatal(cmd.ExitTemporary, textHome)
	}
	program := argv[0]
	argv[0] = "bin/" + program
	err = sys.Exec(argv[0], argv, p.Env)
	return &cmd.Exit{Code: cmd.ExitTemporary, Text: p.Name + ": fatal: " + textRun + program + "\n", Err: err}
}

// work finds out which program does what the arguments say, and puts its
// environment into p. There may be nothing to do.
func work(p *cmd.Proc) (argv []string, err error) {
	name := calledAs(p)
	opts := getopt.New(letters, p.Args)
	strategy, queueRun := "-a", false
	var sender *string
	for opts.Next() {
		switch opts.Opt {
		case 't':
			strategy = "-H"
		case 'f', 'r':
			word := opts.Arg
			sender = &word
		case 'F':
			p.Setenv("MAILNAME", opts.Arg)
		case 'b':
			if argv, err := mode(p, opts.Arg); err != nil || argv != nil {
				return argv, err
			}
		case 'q':
			queueRun = true
			opts.Skip()
		case 'E', 'J', 'A', 'd':
			opts.Skip() // what follows in the same word is the option's own
		}
	}
	switch {
	case opts.Err != nil:
		return nil, p.Misuse(opts.Problem(name), usage)
	case name == nameList:
		return []string{programList}, nil
	case name == nameAliases:
		return nil, p.Fatal(cmd.ExitPermanent, textAliases)
	case queueRun && strategy == "-a" && len(opts.Args) == 0:
		return nil, nil // qmail-send does so all the time
	}
	argv = []string{programInject, strategy}
	if sender != nil {
		argv = append(argv, "-f", author(p, *sender))
	}
	return append(append(argv, "--"), opts.Args...), nil
}

// mode is option -b: what to do besides sending mail.
func mode(p *cmd.Proc, word string) (argv []string, err error) {
	switch {
	case strings.HasPrefix(word, "m"):
		return nil, nil
	case strings.HasPrefix(word, "p"):
		return []string{programList}, nil
	case strings.HasPrefix(word, "s"):
		serverEnv(p)
		return []string{programServer}, nil
	case strings.HasPrefix(word, "i"):
		return nil, p.Fatal(cmd.ExitPermanent, textAliases)
	case strings.HasPrefix(word, "d"), strings.HasPrefix(word, "D"):
		return nil, p.Fatal(cmd.ExitPermanent, textDaemon)
	}
	return nil, p.Usage(usage)
}

// serverEnv makes an SMTP conversation on a pipe look like one with this
// machine, which may send anywhere.
func serverEnv(p *cmd.Proc) {
	if _, set := p.LookupEnv("PROTO"); set {
		return
	}
	for _, e := range [][2]string{
		{"RELAYCLIENT", ""}, {"DATABYTES", "0"}, {"PROTO", "TCP"},
		{"TCPLOCALIP", "127.0.0.1"}, {"TCPLOCALHOST", "localhost"},
		{"TCPREMOTEIP", "127.0.0.1"}, {"TCPREMOTEHOST", "localhost"}, {"TCPREMOTEINFO", "sendmail-bs"},
	} {
		p.Setenv(e[0], e[1])
	}
}

// author makes the sender also the author of a message without a From field,
// and returns the envelope sender. The empty sender that bounces have, "<>",
// is nobody: the author stays who it is.
func author(p *cmd.Proc, sender string) string {
	if sender == "<>" {
		return ""
	}
	for _, name := range []string{"QMAILNAME", "MAILNAME", "NAME", "QMAILHOST", "MAILHOST"} {
		p.Unsetenv(name)
	}
	user := sender
	if at := strings.LastIndexByte(sender, '@'); at >= 0 {
		user = sender[:at]
		p.Setenv("QMAILHOST", sender[at+1:])
	}
	p.Setenv("QMAILUSER", user)
	return sender
}

// calledAs is the last part of what the program was called.
func calledAs(p *cmd.Proc) string {
	name := p.Argv0
	if name == "" {
		name = p.Name
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}
