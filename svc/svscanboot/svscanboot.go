package main

import (
	"os"
	"path/filepath"
	"strings"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

// Where programs are looked for, before the home's own.
const path = "/command:/usr/local/bin:/usr/local/sbin:/bin:/sbin:/usr/bin:/usr/sbin:/usr/X11R6/bin"

// The folders of services, the second if there is no first.
const (
	folder      = "/service"
	otherFolder = "/etc/service"
)

// room is how much of the errors is kept, in bytes.
const room = 400

// Run starts svscan, and what shows its errors in the list of processes, with
// an environment of their own. It ends when both have.
func Run(p *cmd.Proc) error {
	services := folder
	if len(p.Args) > 0 {
		services = p.Args[0]
	} else if _, err := os.Stat(folder); os.IsNotExist(err) {
		services = otherFolder
	}
	return boot(p, path+":"+p.InHome("bin"), services)
}

func boot(p *cmd.Proc, path, services string) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to open "+os.DevNull, err)
	}
	defer null.Close()
	own := *p
	own.Env = []string{"PATH=" + path}
	run := func(argv []string, stdin, stdout, stderr *os.File) (*os.Process, error) {
		proc, err := child.StartWith(&own, argv, stdin, stdout, stderr)
		if err != nil {
			return nil, p.FatalSys(cmd.ExitTemporary, "unable to start "+argv[0], err)
		}
		return proc, nil
	}
	// What an svscan has left behind, its successor would trip over.
	if old := supervised(p, services); len(old) > 0 {
		if proc, err := run(append([]string{"svc", "-dx"}, old...), null, null, null); err == nil {
			child.Wait(proc)
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	}
	show, err := run([]string{"readproctitle", "service", "errors:", strings.Repeat(".", room)}, read, null, null)
	read.Close()
	if err != nil {
		return err
	}
	scan, err := run([]string{"svscan", services}, null, write, write)
	write.Close()
	if err == nil {
		child.Wait(scan)
	}
	child.Wait(show)
	return err
}

// supervised lists the folders that a supervise may be running in.
func supervised(p *cmd.Proc, services string) []string {
	var found []string
	for _, pattern := range []string{"/*", "/*/log"} {
		names, _ := filepath.Glob(p.Path(services) + pattern) // its only error is one of the pattern
		found = append(found, names...)
	}
	return found
}
