// Package hostile has sessions that nobody means well with, and plays them
// against the built servers: each must get a clear reply or be cut off, in
// little memory, and nothing may reach the queue that should not.
package hostile

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/certtest"
	"qmailkit/internal/testhome"
)

// queueVar makes the test's binary a queueing program that keeps what is whole
// in this folder.
const queueVar = "QMAILKIT_HOSTILE_QUEUE"

var programs = []string{"remote/qmail-smtpd", "remote/qmail-smtpd-tls", "remote/qmail-smtpd-listen", "qmqp/qmail-qmqpd-listen", "qmtp/qmail-qmtpd", "qmqp/qmail-qmqpd", "maildir/qmail-popup"}

// dir is the home of the built servers.
var dir string

func TestMain(m *testing.M) {
	if folder := os.Getenv(queueVar); folder != "" {
		os.Exit(enqueue(folder))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if _, err := exec.LookPath("go"); err != nil {
		fmt.Println("left out: there is no go command to build the servers with")
		return 0
	}
	var err error
	if dir, err = os.MkdirTemp("", "hostile"); err == nil {
		defer os.RemoveAll(dir)
		err = install()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return m.Run()
}

func install() error {
	module, err := testhome.Module()
	if err != nil {
		return err
	}
	for _, folder := range []string{"bin", "control", "queue"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if err := everybodys(); err != nil {
		return err
	}
	args := []string{"build", "-buildvcs=false", "-ldflags", "-s -w -X qmailkit/internal/home.dir=" + dir, "-o", dir + "/bin/"}
	for _, p := range programs {
		args = append(args, "./"+p)
	}
	build := exec.Command("go", args...)
	build.Dir = module
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %v\n%s", err, out)
	}
	pair, err := certtest.New(&x509.Certificate{Subject: pkix.Name{CommonName: "mx.example"}, DNSNames: []string{"mx.example"}})
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"me": "mx.example\n", "rcpthosts": "here.example\n", "timeoutsmtpd": "1\n", "databytes": "3000000\n", "servercert.pem": pair.PEM(),
	} {
		if err := os.WriteFile(filepath.Join(dir, "control", name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// enqueue is qmail-queue(8), less the queue: what is not whole is dropped.
func enqueue(folder string) int {
	message, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 54
	}
	envelope, err := io.ReadAll(os.NewFile(1, "envelope"))
	if err != nil || !bytes.HasPrefix(envelope, []byte("F")) || !bytes.HasSuffix(envelope, []byte{0, 0}) {
		return 54
	}
	f, err := os.CreateTemp(folder, "")
	if err != nil {
		return 62
	}
	fmt.Fprintf(f, "%s\n", envelope)
	f.Write(message)
	if f.Close() != nil {
		return 53
	}
	return 0
}

// outcome is what came of a session.
type outcome struct {
	said   string
	reset  bool     // the connection ended before all that the client sent was read: the system drops the last replies
	queued []string // envelope, LF, message
}

// maxMemory is how much a server may use for any session, in kilobytes.
const maxMemory = 64 << 10

// own is the most that the test itself has used: the system counts a program's
// memory from before it is another than the one that has started it.
func own(t *testing.T) int64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return int64(r.Maxrss)
}

// queueProgram is the test's binary, where every server may run it.
func queueProgram() string { return filepath.Join(dir, "bin", "queue") }

// play runs a server for a client.
func play(t *testing.T, s session, begin func(*testing.T, *exec.Cmd) net.Conn) outcome {
	t.Helper()
	queue := t.TempDir()
	share(queue)
	words := strings.Fields(s.program)
	c := exec.Command(filepath.Join(dir, "bin", words[0]), words[1:]...)
	c.Env = append([]string{"PATH=/usr/bin:/bin", queueVar + "=" + queue, "QMAILQUEUE=" + queueProgram()}, s.env...)
	conn := begin(t, c)
	defer conn.Close()
	sent := make(chan error, 1)
	go func() {
		for _, part := range s.sends {
			if _, err := io.Copy(conn, part()); err != nil {
				sent <- err
				return
			}
		}
		if !s.holds {
			conn.(interface{ CloseWrite() error }).CloseWrite()
		}
		sent <- nil
	}()
	conn.SetReadDeadline(time.Now().Add(time.Minute)) // a server that never ends
	said, err := io.ReadAll(io.LimitReader(conn, 16<<20))
	if err != nil && os.IsTimeout(err) {
		t.Error("the session does not end")
		c.Process.Kill()
	}
	conn.Close()
	unread := <-sent != nil || errors.Is(err, syscall.ECONNRESET)
	tcp := strings.HasSuffix(c.Path, listening)
	if tcp {
		c.Process.Signal(syscall.SIGTERM)
	}
	c.Wait()
	if !c.ProcessState.Exited() {
		t.Errorf("the server ends with %v", c.ProcessState)
	}
	if used := int64(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss); runtime.GOOS == "linux" && used > max(maxMemory, own(t)) {
		t.Errorf("the server has used %d kB", used)
	}
	out := outcome{said: string(said), reset: tcp && unread}
	files, err := filepath.Glob(queue + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out.queued = append(out.queued, string(b))
	}
	return out
}
