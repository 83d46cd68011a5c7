package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"qmailkit/internal/durable"
)

// limit notes how fast the file system takes the steps that qmailkit makes for
// a message, with the same fsyncs and nothing else: no process, no connection,
// no mail system.
func (b *bench) limit(name, title string, sessions int, local bool) {
	dir, err := os.MkdirTemp(b.dir, "limit")
	if err != nil {
		b.fails(name, nameLimit, err)
		return
	}
	l := &steps{dir: dir, text: make([]byte, size), envelope: []byte("u0\x00p1\x00Fsender@test.example\x00Tbench@test.example\x00")}
	for _, d := range []string{"pid", "mess", "intd", "todo", "tmp", "new"} {
		if err := os.MkdirAll(dir+"/"+d, 0o755); err != nil {
			b.fails(name, nameLimit, err)
			return
		}
	}
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make(chan error, sessions)
	began := time.Now()
	for range sessions {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.messages); n = next.Add(1) {
				if err := l.message(strconv.FormatInt(n, 10), local); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	if len(failed) > 0 {
		b.fails(name, nameLimit, <-failed)
		return
	}
	b.note(name, title, nameLimit, float64(b.messages)/took.Seconds())
}

// steps are those of INTERNALS.md for a message that is delivered straight
// from its todo entry.
type steps struct {
	dir            string
	text, envelope []byte
}

func (l *steps) message(n string, local bool) error {
	err := l.queue(n)
	if err == nil {
		_, err = os.ReadFile(l.path("todo", n))
	}
	if err == nil {
		err = l.deliver(n, local)
	}
	return errors.Join(err, os.Remove(l.path("intd", n)), os.Remove(l.path("todo", n)), os.Remove(l.path("mess", n)))
}

func (l *steps) path(folder, n string) string { return l.dir + "/" + folder + "/" + n }

func (l *steps) queue(n string) error {
	mess, err := os.OpenFile(l.path("pid", n), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer mess.Close()
	err = errors.Join(os.Link(l.path("pid", n), l.path("mess", n)), os.Remove(l.path("pid", n)))
	if err != nil {
		return err
	}
	if _, err := mess.Write(l.text); err != nil {
		return err
	}
	// The three wait side by side, as in package queue.
	done := make(chan error, 3)
	go func() { done <- mess.Sync() }()
	go func() { done <- durable.SyncDir(l.dir + "/mess") }()
	done <- create(l.path("intd", n), l.envelope)
	for range cap(done) {
		err = errors.Join(err, <-done)
	}
	if err != nil {
		return err
	}
	return linked(l.path("intd", n), l.path("todo", n))
}

func (l *steps) deliver(n string, local bool) error {
	text, err := os.ReadFile(l.path("mess", n))
	if err != nil || !local {
		return err
	}
	if err := create(l.path("tmp", n), text); err != nil {
		return err
	}
	if err := linked(l.path("tmp", n), l.path("new", n)); err != nil {
		return err
	}
	return os.Remove(l.path("tmp", n))
}

// create writes and fsyncs a file.
func create(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// linked gives a file a second name, durably.
func linked(old, path string) error {
	if err := os.Link(old, path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}
