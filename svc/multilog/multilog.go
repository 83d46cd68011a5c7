package main

import (
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
)

// What holds for a log that nothing else is said of, and the least that may
// be said.
const (
	defaultSize  = 99999 // bytes
	defaultCount = 10    // files, "current" among them
	leastSize    = 4096
	leastCount   = 2
)

// patience is how long multilog waits before it tries again what failed.
const patience = 5 * time.Second

// Run reads lines to the end of the input, or to the end of the line at which
// TERM arrives, and does with each what the script says.
func Run(p *cmd.Proc) error {
	if err := check(p, p.Args); err != nil {
		return err
	}
	here, err := plain.Open(p.Path("."))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to switch to current directory", err)
	}
	here.Close()
	syscall.Umask(0o22) // for the processors' own files
	sys.CatchPipe()
	m := &machine{p: p, input: sys.NewPeeker(p.Stdin), warn: warner(p, patience)}
	defer m.input.Close()
	signals, err := catch()
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	}
	defer signals.stop()
	m.signals = signals
	if err := m.load(p.Args); err != nil {
		return err
	}
	m.run()
	for _, f := range m.folders {
		f.quit()
	}
	return nil
}

// check finds what is wrong with the script before anything is touched.
func check(p *cmd.Proc, script []string) error {
	for _, word := range script {
		if word != "" && (word[0] == 's' || word[0] == 'n') {
			if _, ok := number(word[1:]); !ok {
				return p.Fatal(cmd.ExitPermanent, "no number in "+word)
			}
		}
	}
	return nil
}

// number reads the digits that text begins with.
func number(text string) (n int64, ok bool) {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	if err != nil && end > 0 {
		return math.MaxInt64, true
	}
	return n, end > 0
}

// load turns the script into actions, and opens its files: those of statuses
// come first, so that no folder is touched when there is none to be had.
func (m *machine) load(script []string) error {
	var statuses []*os.File
	for _, word := range script {
		if word != "" && word[0] == '=' {
			f, err := status(m.p, word[1:])
			if err != nil {
				return err
			}
			statuses = append(statuses, f)
		}
	}
	size, count := int64(defaultSize), int64(defaultCount)
	var processor *string
	for i, word := range script {
		if word == "" {
			continue
		}
		switch word[0] {
		case 't':
			m.stamp = m.stamp || i == 0
		case 's':
			size, _ = number(word[1:])
			size = max(size, leastSize)
		case 'n':
			count, _ = number(word[1:])
			count = max(count, leastCount)
		case '!':
			text := word[1:]
			processor = &text
		case '+', '-':
			m.script = append(m.script, action{kind: word[0], pattern: word[1:]})
		case 'e':
			m.script = append(m.script, action{kind: 'e'})
		case '=':
			m.script = append(m.script, action{kind: '=', file: statuses[0], pattern: word[1:]})
			statuses = statuses[1:]
		case '.', '/':
			f := &folder{name: word, size: size, count: count, processor: processor, now: m.p.Now, warn: m.warn, p: m.p}
			if err := f.open(); err != nil {
				return err
			}
			m.folders = append(m.folders, f)
			m.script = append(m.script, action{kind: '.', folder: f})
		}
	}
	return nil
}

// status opens a status file, which keeps its content until there is a line
// for it.
func status(p *cmd.Proc, name string) (*os.File, error) {
	err := error(syscall.ENOENT)
	if name != "" {
		var f *os.File
		if f, err = plain.OpenFile(p.Path(name), os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			return f, nil
		}
	}
	return nil, p.FatalSys(cmd.ExitTemporary, "unable to create "+name, err)
}

// warner makes what reports a failure and waits.
func warner(p *cmd.Proc, wait time.Duration) func(what string, err error) {
	return func(what string, err error) {
		if err != nil {
			what += ": " + errstr.Text(err)
		}
		p.Stderr.WriteString(p.Name + ": warning: " + what + "\n")
		time.Sleep(wait)
	}
}
