package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/durable"
	"qmailkit/internal/lock"
	"qmailkit/internal/mbox"
	"qmailkit/maildir"
)

const bufferSize = 64 << 10

// add replaces the mbox by one that holds the messages too. After a nil error
// that is on disk; after any other the mbox is as it was, or has the messages
// and may not have its name for good.
func (j *job) add(entries []maildir.Entry) error {
	mail, tmp := j.path(j.mail), j.path(j.tmp)
	old, err := lockMbox(mail)
	if err != nil {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to lock "+j.mail, err)
	}
	defer old.Close()
	in, err := os.Open(mail)
	if err != nil {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to read "+j.mail, err)
	}
	defer in.Close()
	if same(in, tmp) {
		return j.p.Fatal(cmd.ExitTemporary, "MAILTMP must not be MAIL itself")
	}
	out, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to create "+j.tmp, err)
	}
	defer out.Close()
	if err := j.write(out, in, entries); err != nil {
		return err
	}
	if err := os.Rename(tmp, mail); err != nil {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to move "+j.tmp+" to "+j.mail, err)
	}
	if err := durable.SyncUserDir(mail[:strings.LastIndexByte(mail, '/')+1]); err != nil {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to sync the folder of "+j.mail, err)
	}
	return nil
}

// lockMbox opens the mbox and locks it. Who held the lock before may have put
// another file in its place: what is locked must be what the name leads to.
func lockMbox(mail string) (*os.File, error) {
	for {
		f, err := os.OpenFile(mail, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock.Exclusive(f); err != nil {
			f.Close()
			return nil, err
		}
		if same(f, mail) {
			return f, nil
		}
		f.Close()
	}
}

func same(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// write puts the old mbox and the messages into out, and out onto disk.
func (j *job) write(out, old *os.File, entries []maildir.Entry) error {
	w := bufio.NewWriterSize(out, bufferSize)
	in := &source{file: old, last: '\n'}
	if _, err := io.Copy(w, in); err != nil {
		return j.fatal(in, j.mail, err)
	}
	if in.last != '\n' {
		w.WriteByte('\n') // or the first From_ line would end the last message's text
	}
	for _, e := range entries {
		if err := j.message(w, e); err != nil {
			return err
		}
	}
	err := w.Flush()
	if err == nil {
		err = sync(out)
	}
	if cerr := out.Close(); err == nil {
		err = cerr // NFS reports a full disk here
	}
	if err != nil {
		return j.fatal(nil, "", err)
	}
	return nil
}

// sync is for files only: a device may take all and keep nothing.
func sync(f *os.File) error {
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = syscall.EINVAL
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// message adds one message to w.
func (j *job) message(w io.Writer, e maildir.Entry) error {
	name := "$MAILDIR/" + e.Path()
	f, err := os.Open(j.root + e.Path())
	if err != nil {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to read "+name, err)
	}
	defer f.Close()
	src := &source{file: f}
	in := bufio.NewReaderSize(src, bufferSize)
	first, _ := in.Peek(bufferSize)
	_, err = io.WriteString(w, mbox.FromLine(sender(first), e.Time))
	quoted := mbox.NewWriter(w)
	if err == nil {
		_, err = io.Copy(quoted, in)
	}
	if err == nil {
		err = quoted.Close()
	}
	if err != nil {
		return j.fatal(src, name, err)
	}
	return nil
}

// fatal ends the program for a copy that failed: if in did, it was reading name.
func (j *job) fatal(in *source, name string, err error) error {
	if in != nil && in.failed {
		return j.p.FatalSys(cmd.ExitTemporary, "unable to read "+name, err)
	}
	return j.p.FatalSys(cmd.ExitTemporary, "unable to write to "+j.tmp, err)
}

// source is a file that remembers whether reading it failed, and the last
// byte that it gave.
type source struct {
	file   *os.File
	failed bool
	last   byte
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.file.Read(b)
	if n > 0 {
		s.last = b[n-1]
	}
	s.failed = s.failed || (err != nil && err != io.EOF)
	return n, err
}

const (
	returnPath = "Return-Path: <"
	unknown    = "XXX" // the sender of a message that does not tell
)

// sender is the address in the Return-Path that a delivery puts first, given
// the beginning of a message; empty is the sender of bounces.
func sender(beginning []byte) string {
	line, _, _ := bytes.Cut(beginning, []byte("\n"))
	path, found := bytes.CutPrefix(line, []byte(returnPath))
	switch {
	case !found || len(line) == bufferSize:
		return unknown
	case len(path) == 0 || path[0] == '>':
		return ""
	}
	return string(path[:len(path)-1])
}
