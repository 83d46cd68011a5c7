package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// listeningWord has this process be a client of a server that listens itself.
	listeningWord = "have-it-listen"

	// listeningName is what a resident case runs for that.
	listeningName = "by-listener"
)

// listening serves one session, on standard input and output, by the server in
// file. What the session's variables are to be the server takes from its rules.
func listening(file string) error {
	dir, err := os.MkdirTemp("/tmp", "rules.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	rules := filepath.Join(dir, "cdb")
	if err := makeRules(filepath.Join(filepath.Dir(file), "tcprules"), rules, os.Environ()); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(rules, 0o644)); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	l.Close()
	host, port, _ := strings.Cut(address, ":")
	server := exec.Command(file, "-HRl0", "-x", rules, host, port)
	server.Env = []string{"PATH=/usr/bin:/bin"}
	var log bytes.Buffer
	server.Stderr = &log
	if err := server.Start(); err != nil {
		return err
	}
	err = session(address)
	server.Process.Signal(syscall.SIGTERM)
	if err = errors.Join(err, server.Wait()); err != nil {
		return fmt.Errorf("%w: %s", err, log.String())
	}
	return nil
}

// session is a client's that says standard input and writes what it hears.
func session(address string) error {
	var conn net.Conn
	err := errors.New("nobody listens")
	for end := time.Now().Add(usualTimeout); err != nil && time.Now().Before(end); time.Sleep(time.Millisecond) {
		conn, err = net.Dial("tcp", address)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() {
		// The server need not hear it all.
		io.Copy(conn, os.Stdin)
		conn.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, conn)
	if errors.Is(err, syscall.ECONNRESET) {
		return nil // it went with something unheard, after all that it had to say
	}
	return err
}

// makeRules makes a rule for everybody that sets the variables.
func makeRules(tcprules, to string, environ []string) error {
	rule := ":allow"
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if name == "PATH" || name == "PWD" {
			continue
		}
		rule += "," + name + "=\x01" + value + "\x01"
	}
	cmd := exec.Command(tcprules, to, to+".tmp")
	cmd.Stdin = strings.NewReader(rule + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
