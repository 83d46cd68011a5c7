package main

import (
	"bytes"
	"errors"
	"os"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
	"qmailkit/internal/tai64"
)

const (
	// lineSize is how much of a line the script sees, its stamp included.
	lineSize = 1000

	// alertSize is how much of it goes to standard error.
	alertSize = 200

	inputSize = 1 << 16
)

// action is a word of the script.
type action struct {
	kind    byte     // one of "+-e=."
	pattern string   // of + and -; the name of =
	file    *os.File // of =
	folder  *folder  // of .
}

// machine takes lines through the script. Of a line it keeps the beginning,
// which the script looks at; the rest goes straight to the logs that the line
// was selected for.
type machine struct {
	p       *cmd.Proc
	input   *sys.Peeker // of p's standard input
	warn    func(what string, err error)
	signals *signals
	stamp   bool
	script  []action
	folders []*folder

	line   [lineSize + 1]byte
	length int  // bytes in line
	inside bool // something of the line has been read
	rest   bool // the script has seen the line, what comes is its rest
}

func (m *machine) run() {
	buf := make([]byte, inputSize)
	fresh := true // nothing of a line has been read
	for {
		n := m.read(buf, fresh)
		if n <= 0 {
			break
		}
		fresh = buf[n-1] == '\n'
		m.take(buf[:n])
	}
	if m.inside {
		if !m.rest {
			m.act()
		}
		m.endLine()
	}
	m.flush()
}

// read waits for input and signals. It returns 0 at the end: that of the
// input, or that of the line that was being read when TERM arrived. Until
// then it reads byte by byte, so that no line is taken only to be lost. For the
// same reason lines are taken out of a pipe, where the system lets them be seen
// before, only when they are in the logs; the begin of a line is, when there is
// nothing else.
func (m *machine) read(buf []byte, fresh bool) (n int) {
	for {
		m.flush()
		m.input.Take() // what fails here fails when it is read next
		if m.signals.alarm.Swap(false) {
			for _, f := range m.folders {
				if f.bytes > 0 {
					f.rotate()
				}
			}
		}
		if m.signals.term.Load() {
			if fresh {
				return 0
			}
			buf = buf[:1]
		}
		ready := sys.WaitReadable(m.p.Stdin, m.signals.wake)
		if ready[1] {
			m.signals.heard()
			continue
		}
		if !ready[0] {
			continue
		}
		n, err := m.input.Read(buf)
		if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.EAGAIN) {
			continue
		}
		if whole := bytes.LastIndexByte(buf[:max(n, 0)], '\n') + 1; whole > 0 && whole < n && m.input.Leave(n-whole) {
			n = whole
		}
		return n
	}
}

func (m *machine) flush() {
	for _, f := range m.folders {
		f.flush()
	}
}

// take goes through input, which need not end where a line does.
func (m *machine) take(input []byte) {
	for len(input) > 0 {
		if m.rest {
			input = m.takeRest(input)
			continue
		}
		if !m.inside {
			m.begin()
		}
		room := min(lineSize-m.length, len(input))
		i := bytes.IndexByte(input[:room], '\n')
		if i >= 0 {
			m.length += copy(m.line[m.length:], input[:i])
			input = input[i+1:]
			m.act()
			m.endLine()
			continue
		}
		m.length += copy(m.line[m.length:], input[:room])
		input = input[room:]
		if m.length == lineSize {
			m.act()
			m.rest = true
		}
	}
}

func (m *machine) begin() {
	m.inside = true
	m.length = 0
	if m.stamp {
		m.length = len(append(tai64.Append(m.line[:0], m.p.Now()), ' '))
	}
}

func (m *machine) takeRest(input []byte) (left []byte) {
	i := bytes.IndexByte(input, '\n')
	part := input
	if i >= 0 {
		part = input[:i]
	}
	for _, f := range m.folders {
		if f.selected {
			f.put(part)
		}
	}
	if i < 0 {
		return nil
	}
	m.endLine()
	return input[i+1:]
}

func (m *machine) endLine() {
	for _, f := range m.folders {
		if f.selected {
			f.put([]byte{'\n'})
		}
	}
	m.inside, m.rest = false, false
}

// act does what the script says of the line.
func (m *machine) act() {
	line := m.line[:m.length]
	selected := true
	for i := range m.script {
		a := &m.script[i]
		switch a.kind {
		case '+':
			selected = selected || match(a.pattern, line)
		case '-':
			selected = selected && !match(a.pattern, line)
		case 'e':
			if selected {
				m.alert(line)
			}
		case '=':
			if selected {
				m.writeStatus(a)
			}
		case '.':
			a.folder.selected = selected
			if selected {
				a.folder.put(line)
			}
		}
	}
}

func (m *machine) alert(line []byte) {
	text := append(make([]byte, 0, alertSize+4), line[:min(len(line), alertSize)]...)
	if len(line) > alertSize {
		text = append(text, "..."...)
	}
	m.p.Stderr.Write(append(text, '\n'))
}

// writeStatus fills the status file with the line and newlines to its fixed
// size, by a single write.
func (m *machine) writeStatus(a *action) {
	for i := m.length; i < len(m.line); i++ {
		m.line[i] = '\n'
	}
	for {
		_, err := a.file.WriteAt(m.line[:], 0)
		if err == nil {
			return
		}
		m.warn("unable to write to "+a.pattern+", pausing", err)
	}
}
