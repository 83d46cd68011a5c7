package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"unixserver": Run})
}

// start starts the server and waits until it listens: it then says its status.
func start(t *testing.T, path string, args ...string) (server *exec.Cmd, log *bufio.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server = &exec.Cmd{Path: self, Args: append([]string{"unixserver", "-v"}, args...), Env: append(os.Environ(), "SOCKET_UID="+fmt.Sprint(os.Getuid()),
		"SOCKET_GID="+fmt.Sprint(os.Getgid())), Stderr: os.Stderr}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	log = bufio.NewReader(out)
	if line, err := log.ReadString('\n'); !strings.HasPrefix(line, "unixserver: status: 0/") {
		t.Fatal(line, err)
	}
	return server, log
}

func ask(t *testing.T, path string) string {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	b, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

func TestServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // is in the way
		t.Fatal(err)
	}
	server, log := start(t, path, "-Op640", "-c3", "-Bhi ", path, "sh", "-c",
		`env | grep -E "^(PROTO|UNIX)" | grep -v PID | sort; exit 2`)
	fi, err := os.Stat(path)
	if err != nil || fi.Mode() != os.ModeSocket|0o640 {
		t.Error(fi.Mode(), err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	want := fmt.Sprintf("hi PROTO=UNIX\nUNIXLOCALGID=%d\nUNIXLOCALPATH=%s\nUNIXLOCALUID=%d\nUNIXREMOTEEGID=%d\nUNIXREMOTEEUID=%d\n", gid, path, uid, gid, uid)
	if got := ask(t, path); got != want {
		t.Errorf("%s", got)
	}
	for _, want := range []string{"status: 1/3", "pid ", "end ", "status: 0/3"} {
		if line, err := log.ReadString('\n'); !strings.HasPrefix(line, "unixserver: "+want) || strings.HasPrefix(want, "end") && !strings.HasSuffix(line, " status 512\n") {
			t.Error(line, err)
		}
	}
	server.Process.Signal(syscall.SIGHUP) // of no account
	ask(t, path)
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the socket is still there")
	}
}

func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	server, _ := start(t, path, "-dm077", path, "true")
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o700 {
		t.Error(fi.Mode(), err)
	}
	server.Process.Signal(syscall.SIGINT)
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestWrong(t *testing.T) {
	for args, want := range map[string]string{
		"":               usage + "\n",
		"s":              usage + "\n",
		"-x s true":      "unixserver: illegal option -- x\n" + usage + "\n",
		"-c x s true":    "unixserver: Invalid connection limit number.\n" + usage + "\n",
		"-p 8 s true":    "unixserver: Invalid permissions value.\n" + usage + "\n",
		"-u joe s true":  "unixserver: Invalid UID number\n" + usage + "\n",
		"-q none/s true": "",
		"none/s true":    "unixserver: bind: no such file or directory\n",
	} {
		got := clitest.Run(t, "unixserver", Run, clitest.World{Args: strings.Fields(args)})
		if got.Code != 1 || got.Stderr != want || got.Stdout != "" {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
