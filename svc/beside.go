package svc

import (
	"os"
	"strconv"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
)

// beside is the second argument of a program that Beside has started beside
// another; the first is empty, which no program to be run is called.
const beside = "beside"

// Way is one of the two ways that data goes past a program of Beside.
type Way int

// To and from the program that it stands beside.
const (
	In Way = iota
	Out
)

// Beside becomes the program that p's arguments name: it keeps the process id
// and all else but its input and output. Those go through a second process,
// which hands each piece of up to size bytes, as it was read for process pid,
// to take, and passes on what take makes of it. The end is a piece of no
// bytes. take is called for both ways at once. The second process ends with
// the program's output; it is a child of the program.
func Beside(p *cmd.Proc, size int, take func(way Way, pid string, piece []byte) []byte) error {
	if len(p.Args) == 3 && p.Args[0] == "" && p.Args[1] == beside {
		copyBeside(p, size, func(way Way, piece []byte) []byte { return take(way, p.Args[2], piece) })
		return nil
	}
	if len(p.Args) == 0 {
		return p.Usage(p.Name + " program [ arg ... ]")
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	}
	self, err := os.Executable()
	if err == nil {
		_, err = os.StartProcess(self, []string{p.Name, "", beside, strconv.Itoa(p.Pid)},
			&os.ProcAttr{Dir: p.Dir, Env: p.Env, Files: []*os.File{p.Stdin, p.Stdout, p.Stderr, inW, outR}})
	}
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to fork", err)
	}
	inW.Close()
	outR.Close()
	err = child.ExecWith(p, p.Args, inR, outW, p.Stderr)
	return p.FatalSys(cmd.ExitTemporary, "unable to run "+p.Args[0], err)
}

func copyBeside(p *cmd.Proc, size int, take func(way Way, piece []byte) []byte) {
	sys.CatchPipe()
	in, out := p.FD(3), p.FD(4)
	step := func(buf []byte, way Way, from, to *os.File) (more bool) {
		n, err := from.Read(buf)
		if n > 0 {
			return plain.Write(to, take(way, buf[:n])) == nil && err == nil
		}
		take(way, nil)
		return false
	}
	// What is there at once comes first, though the program may be quick.
	buf := make([]byte, size)
	more := !sys.Readable(p.Stdin, 0) || step(buf, In, p.Stdin, in)
	go func() {
		for more {
			more = step(buf, In, p.Stdin, in)
		}
		in.Close()
	}()
	outBuf := make([]byte, size)
	for step(outBuf, Out, out, p.Stdout) {
	}
}
