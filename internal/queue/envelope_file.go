package queue

import (
	"errors"
	"io/fs"
	"os"

	"qmailkit/internal/durable"
)

// Envelope gives a message of the queue an envelope, for qmail-send to sort:
// text as it stands in todo, the file owner's. It is durable before it is in
// todo, and so is that. No qmail-send may be running. Root makes the file
// another's; anyone else is the owner.
func (q *Queue) Envelope(id ID, text []byte, owner int) error {
	intd := q.Path("intd", id)
	if err := os.Remove(intd); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(intd, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil && os.Geteuid() == 0 {
		err = f.Chown(owner, -1)
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Link(intd, q.Path("todo", id))
	}
	if err != nil {
		os.Remove(intd)
		return err
	}
	return durable.SyncDir(q.Root + "/" + q.dir("todo", id))
}
