// Package svc holds what the programs that run and watch services share: how
// one of them becomes another program, and the files of a service's supervise
// folder. It has no state.
package svc

import (
	"errors"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/nss"
	"qmailkit/internal/passwd"
	"qmailkit/internal/sys"
)

// Exec becomes the program that argv names, with p's environment. It returns
// only on failure, with the error that ends p's program.
func Exec(p *cmd.Proc, argv []string) error { return ExecWith(p, argv[0], argv, p.Env) }

// ExecWith becomes program, which sees itself called as argv says, with the
// environment env. The program is looked for along the PATH of p's own
// environment, whatever env says, as the chain-loading programs of
// daemontools do; a script needs its "#!" line.
func ExecWith(p *cmd.Proc, program string, argv, env []string) error {
	err := Search(p, program, func(path string) error {
		return sys.Exec(path, argv, env, p.Stdin, p.Stdout, p.Stderr)
	})
	return p.FatalSys(cmd.ExitTemporary, "unable to run "+program, err)
}

// What is looked through when PATH is not set.
const defaultPath = "/bin:/usr/bin"

// Search calls try with each path that program may stand for, until it
// succeeds. A file that may not be run is passed over, and its error returned
// if nothing better is found; any error but that and ENOENT ends the search.
func Search(p *cmd.Proc, program string, try func(path string) error) error {
	if strings.Contains(program, "/") {
		return try(program)
	}
	path, set := p.LookupEnv("PATH")
	if !set {
		path = defaultPath
	}
	var failure error = syscall.ENOENT
	for _, dir := range strings.Split(path, ":") {
		if dir == "" {
			dir = "."
		}
		err := try(dir + "/" + program)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.ENOENT):
		case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EISDIR):
			failure = err
		default:
			return err
		}
	}
	return failure
}

// Account finds an account by its name. The error ends p's program.
func Account(p *cmd.Proc, name string) (passwd.User, error) {
	u, ok, err := nss.Lookup(name)
	if err != nil {
		return u, p.FatalSys(cmd.ExitTemporary, "unable to look up account "+name, err)
	}
	if !ok {
		return u, p.Fatal(cmd.ExitTemporary, "unknown account "+name)
	}
	return u, nil
}

// Become takes uid, gid and groups for this process, for good. The error ends
// p's program.
func Become(p *cmd.Proc, uid, gid uint32, groups []int) error {
	err := sys.BecomeUser(uid, gid, groups)
	if err == nil {
		return nil
	}
	what := "unable to setgid"
	if sys.Call(err) == "setuid" {
		what = "unable to setuid"
	}
	return p.FatalSys(cmd.ExitTemporary, what, err)
}

// Putenv returns env with entry, "NAME=value", in the place of every entry of
// that name; an entry without "=" only takes the name out.
func Putenv(env []string, entry string) []string {
	name, _, sets := strings.Cut(entry, "=")
	kept := make([]string, 0, len(env)+1)
	for _, e := range env {
		if !strings.HasPrefix(e, name+"=") {
			kept = append(kept, e)
		}
	}
	if sets {
		kept = append(kept, entry)
	}
	return kept
}
