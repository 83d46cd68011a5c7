// Package maildir is the rules of the Maildir format: how a message is put
// into one so that no crash can lose or halve it, and how one is read.
//
// A Maildir is a folder with the folders tmp, new and cur. A message is
// written and fsynced under a unique name in tmp, then linked into new; the
// link is the delivery. No locks are needed, over NFS neither.
package maildir

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"qmailkit/internal/durable"
	"qmailkit/internal/plain"
)

// The folders of a Maildir.
const (
	Tmp = "tmp"
	New = "new"
	Cur = "cur"
)

// Timeout is how long a delivery may take: after 36 hours a reader may remove
// a file from tmp, so a writer gives up well before.
const Timeout = 24 * time.Hour

// ErrTimeout is what Commit says when Timeout has passed since Create.
var ErrTimeout = errors.New("maildir delivery timed out")

// tries bounds how often Create makes up another name.
const tries = 5

// Namer makes the unique names of one process. The zero Namer is not usable;
// see NewNamer. It may be used by many goroutines at once.
type Namer struct {
	now   func() time.Time
	pid   string
	host  string
	count atomic.Uint64
}

// NewNamer returns the namer of the process pid of this machine. There must
// be one in a process: its counter tells deliveries of the same microsecond
// apart.
func NewNamer(now func() time.Time, pid int) *Namer {
	host, _ := os.Hostname()
	return &Namer{now: now, pid: strconv.Itoa(pid), host: cleanHost(host)}
}

// Next returns a name that no other delivery on this machine has had:
// seconds, "M" and microseconds, "P" and process, "Q" and a counter, and the
// host, "1700000000.M123456P4711Q1.host".
func (n *Namer) Next() string {
	t := n.now()
	b := make([]byte, 0, 64)
	b = strconv.AppendInt(b, t.Unix(), 10)
	b = append(b, ".M"...)
	b = strconv.AppendInt(b, int64(t.Nanosecond()/1000), 10)
	b = append(b, 'P')
	b = append(b, n.pid...)
	b = append(b, 'Q')
	b = strconv.AppendUint(b, n.count.Add(1), 10)
	b = append(b, '.')
	return string(append(b, n.host...))
}

// cleanHost keeps out of names what readers take apart: the slash of paths
// and the colon before flags are written in octal.
func cleanHost(host string) string {
	host = strings.ReplaceAll(host, "/", `\057`)
	return strings.ReplaceAll(host, ":", `\072`)
}

// Delivery is one message on its way into a Maildir. Write it, then Commit or
// Abort.
type Delivery struct {
	dir   string
	name  string
	file  plain.FD
	begin time.Time
	namer *Namer
}

// Create starts a delivery into the Maildir dir with a new file in tmp, mode
// 0600 whatever the umask allows of it.
func Create(dir string, namer *Namer) (*Delivery, error) {
	var err error
	for range tries {
		d := &Delivery{dir: dir, name: namer.Next(), begin: namer.now(), namer: namer}
		d.file, err = plain.OpenFD(d.path(Tmp), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return d, nil
		}
		if !errors.Is(err, syscall.EEXIST) {
			break
		}
	}
	return nil, err
}

// Name returns the file's name, the same in tmp and in new.
func (d *Delivery) Name() string { return d.name }

// Write adds to the message.
func (d *Delivery) Write(b []byte) (int, error) { return d.file.Write(b) }

// Commit delivers the message. After a nil error it is on disk, and so is its
// name in new; after any other nothing is left of it, neither in new nor in tmp.
func (d *Delivery) Commit() error {
	err := d.file.Sync()
	if cerr := d.file.Close(); err == nil {
		err = cerr // NFS reports a full disk here
	}
	if err == nil && d.namer.now().Sub(d.begin) > Timeout {
		err = ErrTimeout
	}
	if err == nil {
		err = d.link()
	}
	if err != nil {
		plain.Unlink(d.path(Tmp))
		return err
	}
	plain.Unlink(d.path(Tmp)) // a leftover would only take space until a reader cleans up
	if err = durable.UserDir(d.syncNew()); err != nil {
		plain.Unlink(d.path(New))
	}
	return err
}

// syncNew makes the names in new durable.
func (d *Delivery) syncNew() error {
	folder, err := plain.OpenFD(d.dir+"/"+New, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if cerr := folder.Close(); err == nil {
		err = cerr
	}
	return err
}

// link puts the file into new. Over NFS an answer may be lost and the call
// repeated: the name is then there already, and is ours. It is there, too, and
// is to go, where one of the folders is a symbolic link to the other.
func (d *Delivery) link() error {
	err := plain.Link(d.path(Tmp), d.path(New))
	if errors.Is(err, syscall.EEXIST) && same(d.path(Tmp), d.path(New)) && !same(d.dir+"/"+Tmp, d.dir+"/"+New) {
		return nil
	}
	return err
}

func same(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, other)
}

// Abort gives the delivery up and removes its file.
func (d *Delivery) Abort() {
	d.file.Close()
	plain.Unlink(d.path(Tmp))
}

// path joins without cleaning: ".." behind a symbolic link is not what precedes it.
func (d *Delivery) path(folder string) string { return d.dir + "/" + folder + "/" + d.name }
