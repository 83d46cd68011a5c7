// Package tcprules is the rules by which a server takes connections: what
// tcprules(1) reads and makes a database of, and the way in which tcpserver
// looks a connection up there.
//
// The database has a record for each address. Its data is "D" and NUL where
// connections are dropped, then "+NAME=VALUE" and NUL for each variable.
package tcprules

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"strings"
	"syscall"

	"qmailkit/internal/cdb"
)

// ErrFormat is a file that is no database. Its text is what ucspi-tcp says.
var ErrFormat = errors.New("protocol error")

// Client is the other side of a connection, tcp-environ(5).
type Client struct {
	IP      string
	Host    string
	HasHost bool // whether it has a name, which may be ""
	Info    string
	HasInfo bool
}

// Rule is what is to become of a connection.
type Rule struct {
	Address string   // what stands before the rule's colon
	Deny    bool     // drop the connection; Env is then empty
	Env     []string // NAME=VALUE, in the rule's order
}

// DB is a database of rules. Many goroutines may use it at once.
type DB struct {
	file  *os.File
	rules *cdb.Reader
}

// Open opens the database at path. An empty file is EINVAL, as it is to
// programs that map the file into memory.
func Open(path string) (*DB, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && fi.Size() == 0 {
		err = syscall.EINVAL
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &DB{file: f, rules: cdb.NewReader(f, fi.Size())}, nil
}

// Close closes the database.
func (db *DB) Close() error { return db.file.Close() }

// Lookup returns the first rule that there is for one of the client's
// addresses.
func (db *DB) Lookup(c Client) (rule Rule, ok bool, err error) { return lookup(db.rules, c) }

func lookup(rules *cdb.Reader, c Client) (rule Rule, ok bool, err error) {
	for address := range c.addresses() {
		data, ok, err := rules.Find([]byte(address))
		if errors.Is(err, cdb.ErrFormat) {
			err = ErrFormat
		}
		if err != nil {
			return Rule{}, false, err
		}
		if ok {
			return decode(address, data), true, nil
		}
	}
	return Rule{}, false, nil
}

// addresses yields what rules for the client may be called, in the order in
// which they count.
func (c Client) addresses() iter.Seq[string] {
	return func(yield func(string) bool) {
		_ = c.whole(yield) && c.parts(yield) && yield("")
	}
}

// whole yields the addresses that name the client in full. It returns false
// once yield has, as parts does.
func (c Client) whole(yield func(string) bool) bool {
	if c.HasInfo {
		if !yield(c.Info + "@" + c.IP) {
			return false
		}
		if c.HasHost && !yield(c.Info+"@="+c.Host) {
			return false
		}
	}
	if !yield(c.IP) {
		return false
	}
	return !c.HasHost || yield("="+c.Host)
}

// parts yields shorter and shorter beginnings of the IP address, endings of
// the name, and what stands for any name.
func (c Client) parts(yield func(string) bool) bool {
	for ip := c.IP; ; {
		dot := strings.LastIndexByte(ip, '.')
		if dot < 0 {
			break
		}
		if !yield(ip[:dot+1]) {
			return false
		}
		ip = ip[:dot]
	}
	if !c.HasHost {
		return true
	}
	for host := c.Host; ; {
		dot := strings.IndexByte(host, '.')
		if dot < 0 {
			return yield("=")
		}
		if !yield("=" + host[dot:]) {
			return false
		}
		host = host[dot+1:]
	}
}

// decode reads a record. What is neither "D" nor a variable counts for
// nothing, nor does what no NUL ends.
func decode(address string, data []byte) Rule {
	rule := Rule{Address: address}
	for {
		item, rest, ended := bytes.Cut(data, []byte{0})
		if !ended {
			return rule
		}
		switch {
		case len(item) == 0:
		case item[0] == 'D':
			return Rule{Address: address, Deny: true}
		case item[0] == '+' && bytes.IndexByte(item, '=') > 0:
			rule.Env = append(rule.Env, string(item[1:]))
		}
		data = rest
	}
}
