package main

import (
	"io"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/plain"
	"qmailkit/svc"
)

const (
	usage   = "envini [ -p prefix ] file child"
	letters = "p:"

	// maxFile bounds the file, in bytes.
	maxFile = 4 << 20
)

// Run becomes the program with the file's variables set.
func Run(p *cmd.Proc) error {
	prefix := ""
	opts := getopt.New(letters, p.Args)
	for opts.Next() {
		prefix = opts.Arg
	}
	if opts.Err != nil || len(opts.Args) < 2 {
		return p.Misuse(opts.Problem(p.Name), usage)
	}
	text, err := read(p.Path(opts.Args[0]))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+opts.Args[0], err)
	}
	env := p.Env
	for _, entry := range variables(text, prefix) {
		env = svc.Putenv(env, entry)
	}
	return svc.ExecWith(p, opts.Args[1], opts.Args[1:], env)
}

func read(path string) (string, error) {
	f, err := plain.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > maxFile:
		return "", syscall.EFBIG
	case strings.Contains(string(text), "\x00"):
		return "", syscall.EINVAL
	}
	return string(text), nil
}

// variables lists "NAME=value" for each line "name = value", in order. A line
// "[section]" puts "section_" before the names that follow it. Every other
// line, and one that begins with "#" or ";", counts for nothing.
func variables(text, prefix string) (entries []string) {
	section := ""
	for _, line := range strings.Split(text, "\n") {
		line = strings.Trim(line, " \t\r")
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
			continue
		case line[0] == '[' && line[len(line)-1] == ']':
			section = strings.Trim(line[1:len(line)-1], " \t") + "_"
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimRight(name, " \t")
		if ok && name != "" {
			entries = append(entries, prefix+section+name+"="+strings.TrimLeft(value, " \t"))
		}
	}
	return entries
}
