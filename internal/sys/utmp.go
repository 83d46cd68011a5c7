package sys

import (
	"io"
	"os"
	"strings"
)

// Login is a session of a user on a terminal of this machine.
type Login struct {
	User string
	Line string // the terminal's name below /dev, "pts/3"
}

// maxUtmp bounds what is read of the file, in bytes.
const maxUtmp = 1 << 20

// utmpForm is how a platform lays out its utmp(5) or utmpx(5) file.
type utmpForm struct {
	file       string
	sizes      []int // bytes in a record: the first that fits the file
	user, line utmpField
	kind       utmpField // what kind of record it is, if the platform tells
	session    byte      // the kind that is a session
	kinds      byte      // one above the highest kind
}

// utmpField is where a field stands in a record, in bytes.
type utmpField struct{ at, length int }

// Logins lists the sessions that this machine knows of: none where it keeps
// no such list, or one that cannot be read.
func Logins() []Login {
	f, err := os.Open(utmp.file)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxUtmp))
	if err != nil {
		return nil
	}
	return utmp.parse(data)
}

func (u *utmpForm) parse(data []byte) []Login {
	for _, size := range u.sizes {
		if logins, ok := u.records(data, size); ok {
			return logins
		}
	}
	return nil
}

// records fails when a record of size is of no kind that there is.
func (u *utmpForm) records(data []byte, size int) (logins []Login, ok bool) {
	for ; len(data) >= size; data = data[size:] {
		kind, ok := u.kindOf(data)
		if !ok {
			return nil, false
		}
		l := Login{User: u.user.of(data), Line: u.line.of(data)}
		if kind == u.session && l.User != "" && l.Line != "" {
			logins = append(logins, l)
		}
	}
	return logins, len(data) == 0
}

// kindOf takes a number of any byte order: no kind needs a second byte.
func (u *utmpForm) kindOf(record []byte) (kind byte, ok bool) {
	for i := range u.kind.length {
		c := record[u.kind.at+i]
		if c != 0 && kind != 0 || c >= u.kinds {
			return 0, false
		}
		kind |= c
	}
	return kind, true
}

func (f utmpField) of(record []byte) string {
	text, _, _ := strings.Cut(string(record[f.at:f.at+f.length]), "\x00")
	return text
}
