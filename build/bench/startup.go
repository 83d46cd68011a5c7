package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// startup is the measure whose figures are no rates.
const startup = "startup"

// startupRuns is how often each program is started in a round, in turn with
// its counterpart.
const startupRuns = 100

// hot are programs that run for each message or delivery, and what makes them
// end soon: arguments, a dash for an empty one, and descriptors 0 and 1.
var hot = []struct {
	name, args, stdin, envelope string
}{
	{name: "qmail-queue", stdin: "Subject: x\n\nx\n", envelope: "Fs@test.example\x00Tbench@test.example\x00\x00"},
	{name: "qmail-inject", args: "-n", stdin: "To: bench@test.example\n\nx\n"},
	{name: "qmail-smtpd", stdin: "QUIT\r\n"},
	{name: "qmail-local", args: "-n bench HOME bench - - test.example s@test.example ./Maildir/", stdin: "Subject: x\n\nx\n"},
	{name: "qmail-getpw", args: "bench"},
	{name: "qmail-remote"},
	{name: "qmail-clean"},
	{name: "qmail-lspawn", args: "./Maildir/"},
	{name: "qmail-rspawn"},
	{name: "forward"},
}

// startups compares our programs with those of C. Figures are microseconds.
func startups(b *bench, name, _ string) {
	if b.cHome == "" {
		b.say(name + ": left out: there are no C programs to compare with")
		return
	}
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.fails(name, nameC, err)
		return
	}
	defer out.Close()
	for _, h := range hot {
		args := strings.Fields(strings.ReplaceAll(h.args, "HOME", b.people))
		for i, a := range args {
			if a == "-" {
				args[i] = ""
			}
		}
		total, codes, err := b.alternate(h.name, args, h.stdin, h.envelope, out)
		if err != nil {
			b.fails(name, h.name, err)
			continue
		}
		if codes[0] != codes[1] {
			b.fails(name, h.name, fmt.Errorf("exit codes %d of C's, %d of ours", codes[0], codes[1]))
			continue
		}
		b.note(name, h.name, nameC, float64(total[0].Microseconds())/startupRuns)
		b.note(name, h.name, nameClassic, float64(total[1].Microseconds())/startupRuns)
	}
	for _, s := range b.systems {
		if err := s.empty(); err != nil {
			b.fails(name, s.name(), err)
		}
	}
}

// alternate starts a program of C and ours in turn. The result is the time and
// the last exit code of each.
func (b *bench) alternate(name string, args []string, stdin, envelope string, out *os.File) (total [2]time.Duration, codes [2]int, err error) {
	for range startupRuns {
		for i, home := range []string{b.cHome, b.home} {
			began := time.Now()
			codes[i], err = b.once(append([]string{home + "/bin/" + name}, args...), stdin, envelope, out)
			total[i] += time.Since(began)
			if err != nil {
				return total, codes, err
			}
		}
	}
	return total, codes, nil
}

// once runs a program with its input in pipes, which are big enough for it.
func (b *bench) once(argv []string, stdin, envelope string, out *os.File) (code int, err error) {
	in, err := filled(stdin)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	second := out
	if envelope != "" {
		if second, err = filled(envelope); err != nil {
			return 0, err
		}
		defer second.Close()
	}
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Dir: b.people, Env: []string{"PATH=/usr/bin:/bin", "PROTO=TCP", "TCPREMOTEIP=127.0.0.1", "TCPLOCALIP=127.0.0.1"},
		Files: []uintptr{in.Fd(), second.Fd(), out.Fd()},
	})
	if err != nil {
		return 0, err
	}
	var status syscall.WaitStatus
	for {
		if _, err = syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
			return status.ExitStatus(), err
		}
	}
}

// filled is a pipe's end from which text can be read, and then the end.
func filled(text string) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	w.WriteString(text)
	w.Close()
	return r, nil
}
