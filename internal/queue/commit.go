package queue

import (
	"os"
	"syscall"

	"qmailkit/internal/durable"
	"qmailkit/internal/plain"
)

// sync makes the message, its name and the envelope durable, and opens the
// folder that todo's entry will be in, so that nothing but the file system
// itself can fail after the link. The three wait side by side: a journalling
// file system writes them in one commit.
func (a *adding) sync() error {
	var err error
	if a.folder, err = plain.Open(a.q.Root + "/" + a.q.dir("mess", a.id)); err != nil {
		return failed(InMess, err)
	}
	if a.todo, err = plain.Open(a.q.Root + "/" + a.q.dir("todo", a.id)); err != nil {
		return failed(InTodo, err)
	}
	if fi, err := a.mess.Stat(); err == nil && fi.Sys().(*syscall.Stat_t).Nlink == 0 {
		// The machine slept through our lifetime, and qmail-send has taken
		// the message for left over.
		return failed(InMess, os.ErrNotExist)
	}
	if a.s.Crowded {
		return a.syncInTurn()
	}
	done := make(chan error, 3)
	go func() { done <- a.mess.Sync() }()
	go func() { done <- durable.SyncOpenDir(a.folder) }()
	done <- a.intd.Sync()
	for range cap(done) {
		if serr := <-done; serr != nil {
			err = failed(Writing, serr)
		}
	}
	return err
}

// syncInTurn is for when other messages wait for the disk as well: more
// goroutines would then cost more than the disk gains.
func (a *adding) syncInTurn() error {
	err := a.mess.Sync()
	if err == nil {
		err = durable.SyncOpenDir(a.folder)
	}
	if err == nil {
		err = a.intd.Sync()
	}
	if err != nil {
		return failed(Writing, err)
	}
	return nil
}

// commit makes the message one of the queue, and that durable.
func (a *adding) commit() error {
	if a.spare != "" {
		a.q.Spares.keep(a.spare)
	}
	todo := a.q.Path("todo", a.id)
	if err := os.Link(a.q.Path("intd", a.id), todo); err != nil {
		// A file server may have made the entry and lost its answer:
		// nothing that the entry needs may go.
		return failed(InTodo, err)
	}
	if err := a.syncTodo(); err != nil {
		// qmail-send may have seen the entry and have taken the message:
		// message and envelope have to stay, or mail would be lost.
		os.Remove(todo)
		return failed(InTodo, err)
	}
	return nil
}

// syncTodo makes the entry durable, and with it the end of those that spare
// files had.
func (a *adding) syncTodo() error {
	spares := a.spares()
	if spares == nil {
		return durable.SyncOpenDir(a.todo)
	}
	free := spares.look()
	err := a.todo.Sync()
	if err == nil {
		spares.freed(free)
		return nil
	}
	spares.keep(free...)
	if durable.Unable(err) {
		return nil
	}
	return err
}

// discard gives back what an unfinished message took, in the order that
// passes through none but the states of INTERNALS.md.
func (a *adding) discard() {
	if a.intd != nil {
		a.intd.Truncate(0)
		err := os.Remove(a.q.Path("intd", a.id))
		if a.spare != "" {
			a.q.Spares.drop(a.spare)
		}
		if err != nil {
			return
		}
	}
	a.mess.Truncate(0)
	os.Remove(a.q.Path("mess", a.id))
}
