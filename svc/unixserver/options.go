package main

import (
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
)

const (
	letters = "qQvdDc:u:g:Ub:B:m:o:r:Op:"

	defaultLimit   = 10
	defaultBacklog = 128

	usage = "usage: unixserver [ -qQvdDUO ] [ -u uid ] [ -g gid ] [ -o uid ] [ -r gid ] [ -p mode ] [ -m umask ] " +
		"[ -c limit ] [ -b backlog ] [ -B banner ] socket program"
)

// none is an id that is not to be changed.
const none = -1

type options struct {
	verbose, quiet     bool
	keep               bool // the socket's name, at the end
	uid, gid           int
	socketUID, sockGID int
	mode, mask         int // 0 is no mode
	limit, backlog     int
	banner             string

	path    string
	program []string
}

// parse reads the command line. problem is what is wrong with it.
func parse(p *cmd.Proc) (o options, problem string, ok bool) {
	o = options{uid: none, gid: none, socketUID: none, sockGID: none, limit: defaultLimit, backlog: defaultBacklog}
	opts := getopt.New(letters, p.Args)
	for opts.Next() {
		if what := o.set(p, opts.Opt, opts.Arg); what != "" {
			return o, p.Name + ": " + what, false
		}
	}
	if opts.Err != nil || len(opts.Args) < 2 {
		return o, opts.Problem(p.Name), false
	}
	o.path, o.program = opts.Args[0], opts.Args[1:]
	return o, "", true
}

// set returns what is wrong with the option.
func (o *options) set(p *cmd.Proc, opt byte, arg string) string {
	switch opt {
	case 'q':
		o.quiet, o.verbose = true, false
	case 'Q':
		o.quiet = false
	case 'v':
		o.quiet, o.verbose = false, true
	case 'd', 'D':
		o.keep = opt == 'd'
	case 'B':
		o.banner = arg
	case 'c':
		return read(&o.limit, arg, 10, "Invalid connection limit number.")
	case 'b':
		return read(&o.backlog, arg, 10, "Invalid backlog count.")
	case 'm':
		return read(&o.mask, arg, 8, "Invalid mask value.")
	case 'p':
		return read(&o.mode, arg, 8, "Invalid permissions value.")
	case 'u':
		return read(&o.uid, arg, 10, "Invalid UID number")
	case 'g':
		return read(&o.gid, arg, 10, "Invalid GID number")
	case 'o':
		return read(&o.socketUID, arg, 10, "Invalid socket UID number")
	case 'r':
		return read(&o.sockGID, arg, 10, "Invalid socket GID number")
	case 'U':
		return both(p, &o.uid, &o.gid, "", "")
	case 'O':
		return both(p, &o.socketUID, &o.sockGID, "SOCKET_", "Socket ")
	}
	return ""
}

func read(n *int, text string, base int, problem string) string {
	v, err := strconv.ParseUint(text, base, 31)
	if err != nil {
		return problem
	}
	*n = int(v)
	return ""
}

// both takes two ids from the environment.
func both(p *cmd.Proc, uid, gid *int, prefix, label string) string {
	for id, to := range map[string]*int{"UID": uid, "GID": gid} {
		text, set := p.LookupEnv(prefix + id)
		if !set {
			return label + id + " not found in environment."
		}
		if problem := read(to, text, 10, "Invalid "+label+id+" number"); problem != "" {
			return problem
		}
	}
	return ""
}
