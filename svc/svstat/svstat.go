package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
	"qmailkit/svc"
)

// Run prints a line for each service.
func Run(p *cmd.Proc) error {
	var out strings.Builder
	for _, dir := range p.Args {
		out.WriteString(dir + ": " + describe(p, dir) + "\n")
	}
	if sys.Write(p.Stdout, []byte(out.String())) != nil {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return nil
}

// describe says in words what the service in dir is doing, or why that
// cannot be known.
func describe(p *cmd.Proc, dir string) string {
	service, err := svc.Service(p, dir)
	if err != nil {
		return "unable to chdir: " + errstr.Text(err)
	}
	_, err = os.Stat(service + svc.Down)
	normallyUp := errors.Is(err, syscall.ENOENT)
	if err != nil && !normallyUp {
		return "unable to stat down: " + errstr.Text(err)
	}
	fd, err := svc.OpenFifo(service + svc.Ok)
	if errors.Is(err, syscall.ENXIO) {
		return "supervise not running"
	}
	if err != nil {
		return "unable to open " + svc.Ok + ": " + errstr.Text(err)
	}
	syscall.Close(fd)
	f, err := plain.OpenFile(service+svc.Current, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "unable to open " + svc.Current + ": " + errstr.Text(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, svc.StatusSize))
	if err != nil {
		return "unable to read " + svc.Current + ": " + errstr.Text(err)
	}
	status, err := svc.ParseStatus(data)
	if err != nil {
		return "unable to read " + svc.Current + ": " + err.Error()
	}
	return words(status, status.Age(p.Now()), normallyUp)
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
		return text
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
	return text
}
