package main

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/svc"
)

func TestSvup(t *testing.T) {
	dir := t.TempDir()
	staged := func(s svc.Status) string {
		b := s.PackStaged()
		return string(b[:])
	}
	up, started := staged(svc.Status{Pid: 5, Stage: svc.Running}), staged(svc.Status{Stage: svc.Started})
	down := staged(svc.Status{Stage: svc.Failed})
	for name, status := range map[string]string{
		"plain": up[:svc.StatusSize], "down": down[:svc.StatusSize], "up": up, "started": started, "failed": down,
		"both": up + up, "main": up + down, "log": down + up, "dead": up, "short": up[:17], "none": "",
	} {
		at := dir + "/" + name + "/supervise/"
		clitest.Files(t, at, map[string]string{"status": status})
		if name == "none" {
			os.Remove(at + "status")
		}
		if err := syscall.Mkfifo(at+"ok", 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "dead" {
			continue
		}
		reader, err := os.OpenFile(at+"ok", os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
	}
	const fatal = "svup: fatal: unable to "
	for _, c := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"", 100, "svup: usage: svup [-L] [-l] dir\n"}, {"-x up", 100, "svup: usage: svup [-L] [-l] dir\n"},
		{"plain", 0, ""}, {"down", 100, ""}, {"up", 0, ""}, {"started", 0, ""}, {"failed", 100, ""}, {"dead", 100, ""}, {"none", 100, ""},
		{"both", 0, ""}, {"main", 100, ""}, {"-l main", 0, ""}, {"-L main", 100, ""}, {"log", 100, ""}, {"-L log", 0, ""},
		{"-L up", 100, ""}, {"-L -l up", 0, ""},
		{"short", 111, fatal + "read short/supervise/status: bad format\n"}, {"no", 111, fatal + "chdir to no: file does not exist\n"},
	} {
		got := clitest.Run(t, "svup", Run, clitest.World{Args: strings.Fields(c.args), Dir: dir})
		if got != (clitest.Result{Code: c.code, Stderr: c.stderr}) {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}
