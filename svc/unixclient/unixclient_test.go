package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"unixclient": Run})
}

func TestConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			b := make([]byte, 5)
			io.ReadFull(c, b)
			c.Write([]byte(strings.ToUpper(string(b))))
			c.Close()
		}
	}()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &exec.Cmd{Path: self, Args: []string{"unixclient", path, "sh", "-c", "printf hello >&7; cat <&6; echo $PROTO $UNIXLOCALPATH; cat"},
		Stdin: strings.NewReader("own input"), Stderr: os.Stderr}
	out, err := c.Output()
	if want := "HELLOUNIX " + path + "\nown input"; err != nil || string(out) != want {
		t.Errorf("%v: %s", err, out)
	}
}

func TestWrong(t *testing.T) {
	for args, want := range map[string]string{
		"": usage + "\n", "s": usage + "\n", "s true": "unixclient: connect: no such file or directory\n",
	} {
		got := clitest.Run(t, "unixclient", Run, clitest.World{Args: strings.Fields(args)})
		if got.Code != 1 || got.Stderr != want {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
