package main

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/plain"
	"qmailkit/svc"
)

// Run prints a line for each service, and another for a logger of the same
// supervise.
func Run(p *cmd.Proc) error {
	only := which(0)
	dirs := p.Args
	for len(dirs) > 0 && len(dirs[0]) > 1 && dirs[0][0] == '-' && strings.Trim(dirs[0][1:], "lL") == "" {
		only = which(dirs[0][len(dirs[0])-1])
		dirs = dirs[1:]
	}
	var out strings.Builder
	for _, dir := range dirs {
		describe(p, &out, dir, only)
	}
	if plain.Write(p.Stdout, []byte(out.String())) != nil {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return nil
}

// which is what is asked for: both, or what an option says.
type which byte

const (
	onlyMain which = 'l'
	onlyLog  which = 'L'
)

// describe says in words what the service in dir is doing, or why that
// cannot be known.
func describe(p *cmd.Proc, out *strings.Builder, dir string, only which) {
	main, log, normallyUp, problem := look(p, dir)
	switch {
	case problem != "":
		out.WriteString(dir + ": " + problem + "\n")
		return
	case only == onlyLog && log == nil:
		out.WriteString(dir + ": no log service\n")
		return
	}
	if only != onlyLog {
		out.WriteString(dir + ": " + words(main, main.Age(p.Now()), normallyUp) + "\n")
	}
	if only != onlyMain && log != nil {
		out.WriteString(dir + " log: " + words(*log, log.Age(p.Now()), normallyUp) + "\n")
	}
}

// look reads a service's status file, or tells what prevents it.
func look(p *cmd.Proc, dir string) (main svc.Status, log *svc.Status, normallyUp bool, problem string) {
	failed := func(what string, err error) (svc.Status, *svc.Status, bool, string) {
		return main, nil, false, "unable to " + what + ": " + errstr.Text(err)
	}
	service, folder, err := svc.Find(p, dir)
	if err != nil {
		return failed("chdir", err)
	}
	_, err = os.Stat(service + svc.Down)
	normallyUp = errors.Is(err, syscall.ENOENT)
	if err != nil && !normallyUp {
		return failed("stat down", err)
	}
	fd, err := svc.OpenFifo(svc.Join(service, folder) + svc.Ok)
	if errors.Is(err, syscall.ENXIO) {
		return main, nil, false, "supervise not running"
	}
	if err != nil {
		return failed("open "+folder+svc.Ok, err)
	}
	syscall.Close(fd)
	main, log, what, err := svc.ReadStatus(svc.Join(service, folder) + svc.Current)
	if err != nil {
		return failed(what+" "+folder+svc.Current, err)
	}
	return main, log, normallyUp, ""
}

func words(s svc.Status, seconds uint64, normallyUp bool) string {
	text := strconv.FormatUint(seconds, 10) + " seconds"
	if s.Pid == 0 {
		text = "down " + text
		if normallyUp {
			text += ", normally up"
		}
		if s.Want == svc.WantUp {
			text += ", want up"
		}
		return text + stage(s)
	}
	text = "up (pid " + strconv.FormatUint(uint64(s.Pid), 10) + ") " + text
	if !normallyUp {
		text += ", normally down"
	}
	if s.Paused {
		text += ", paused"
	}
	if s.Want == svc.WantDown {
		text += ", want down"
	}
	return text + stage(s)
}

// stage is what only a status file with stages says.
func stage(s svc.Status) string {
	if s.Stage == svc.NoStage {
		return ""
	}
	if s.Pid != 0 && s.Want == svc.WantOnce {
		return ", once, " + s.Stage.String()
	}
	return ", " + s.Stage.String()
}
