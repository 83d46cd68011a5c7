//go:build linux

package topcmd

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/clitest"
)

// terminal returns both ends of a terminal: what a person has, and what a
// program has.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there is no terminal to be had: ", err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip("there is no terminal to be had: ", err)
	}
	t.Cleanup(func() { program.Close() })
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 12, Col: 40}); err != nil {
		t.Fatal(err)
	}
	return person, program
}

// It ends by a key, by a signal, and by a log that cannot be read any more;
// and the terminal is always as it was.
func TestTerminal(t *testing.T) {
	for name, end := range map[string]func(person *os.File, home string) error{
		"q":      func(person *os.File, _ string) error { _, err := person.WriteString("xq"); return err },
		"^C":     func(person *os.File, _ string) error { _, err := person.WriteString("\x03"); return err },
		"signal": func(*os.File, string) error { return syscall.Kill(os.Getpid(), syscall.SIGTERM) },
		"error": func(person *os.File, home string) error {
			if err := os.RemoveAll(home + "/queue"); err != nil {
				return err
			}
			_, err := person.WriteString(" ")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			home := world(t)
			person, program := terminal(t)
			before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := clitest.Proc(t, "qmail", clitest.World{Args: []string{"top", "--interval", "1h"}, Home: home, Now: now, Stdin: program})
			p.Stdout = program
			p.Setenv("TERM", "xterm")
			ended := make(chan error, 1)
			go func() { ended <- call(p) }()
			screen := until(t, person, nothing)
			if !strings.HasPrefix(screen, enter) || !strings.Contains(screen, "queue        1 messages") || strings.Count(screen, toEnd) != 11 {
				t.Errorf("%q", screen)
			}
			during, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil || during.Lflag&(unix.ECHO|unix.ICANON) != 0 {
				t.Errorf("%v %x", err, during.Lflag)
			}
			if err := end(person, home); err != nil {
				t.Fatal(err)
			}
			until(t, person, leave)
			if err := <-ended; (err != nil) != (name == "error") {
				t.Error(err)
			}
			after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil || *after != *before {
				t.Errorf("%v %+v, was %+v", err, after, before)
			}
			// Whoever still reads keys gets one, and sees that it is over.
			if _, err := person.WriteString("\n"); err != nil {
				t.Error(err)
			}
		})
	}
}

// until reads what is on the screen up to some text.
func until(t *testing.T, person *os.File, text string) string {
	t.Helper()
	timer := time.AfterFunc(time.Minute, func() { person.Close() }) // rather than for ever
	defer timer.Stop()
	var all []byte
	b := make([]byte, 4096)
	for !strings.Contains(string(all), text) {
		n, err := person.Read(b)
		if err != nil {
			t.Fatalf("%v after %q", err, all)
		}
		all = append(all, b[:n]...)
	}
	return string(all)
}
