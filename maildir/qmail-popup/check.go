package main

import (
	"errors"
	"io"
	"os"

	"qmailkit/internal/child"
)

// check runs the program that decides, with the client as its input and
// output and "user NUL password NUL stamp NUL" on descriptor 3.
func (g *greeter) check(who *login) error {
	r, w, err := os.Pipe()
	if err != nil {
		return errors.New(errPipe)
	}
	in, out, relay, err := g.client()
	if err != nil {
		r.Close()
		w.Close()
		return errors.New(errPipe)
	}
	proc, err := child.StartWith(g.p, g.p.Args[1:], in, out, g.p.Stderr, r)
	r.Close()
	relayed := relay()
	if err != nil {
		w.Close()
		if child.NoProcess(err) {
			return errors.New(errFork)
		}
		return errors.New(errRefused)
	}
	_, werr := w.WriteString(who.user + "\x00" + who.proof + "\x00" + g.stamp + "\x00")
	if cerr := w.Close(); werr == nil {
		werr = cerr
	}
	relayed()
	code, err := child.Wait(proc)
	switch {
	case errors.Is(err, child.ErrCrashed):
		return errors.New(errCrashed)
	case err != nil:
		return nil
	case code != 0:
		return errors.New(errRefused)
	case werr != nil:
		return errors.New(errWrite)
	}
	return nil
}

// client returns what the program is to read and write: the connection
// itself, or behind TLS two pipes. relay is to be called when the program has
// been started; it copies from then on. The function that it returns waits for
// the end of what the program has to say.
func (g *greeter) client() (in, out *os.File, relay func() func(), err error) {
	if g.secure == nil {
		return g.p.Stdin, g.p.Stdout, func() func() { return func() {} }, nil
	}
	in, said, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	answers, out, err := os.Pipe()
	if err != nil {
		in.Close()
		said.Close()
		return nil, nil, nil, err
	}
	return in, out, func() func() {
		in.Close()
		out.Close()
		go func() {
			io.Copy(said, g.in) // ends with the client, or with who reads it
			said.Close()
		}()
		return func() {
			if _, err := io.Copy(g.out, answers); err != nil {
				said.Close() // the client is gone: so is the program's input
				io.Copy(io.Discard, answers)
			}
			answers.Close()
		}
	}, nil
}
