// Package users knows which user is in charge of a local address: the
// assignments of users/assign and users/cdb (qmail-users(5)), and what
// qmail-getpw and qmail-lspawn say to each other. It stands apart from the
// delivery engine because qmail-lspawn runs as root and has no use for that.
package users

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"qmailkit/internal/control"
)

// Assignment says who is in charge of an address and where its instructions
// stand: Home/.qmailDashExt.
type Assignment struct {
	User     string
	UID, GID uint32
	Home     string
	Dash     string
	Ext      string
}

// ErrAssignment is an answer, of users/cdb or qmail-getpw, that is none.
var ErrAssignment = errors.New("bad assignment")

// assignmentFields is how many fields an answer has, each ended by a NUL:
// user, uid, gid, home folder, dash and extension.
const assignmentFields = 6

// ParseAssignment reads the six fields of an answer. What follows them is
// ignored. A number is its leading digits. A uid without any is 0, for which
// nothing is delivered; a gid must have some, because 0 would be root's group.
func ParseAssignment(answer []byte) (Assignment, error) {
	var f [assignmentFields]string
	for i := range f {
		field, rest, ok := bytes.Cut(answer, []byte{0})
		if !ok {
			return Assignment{}, ErrAssignment
		}
		f[i], answer = string(field), rest
	}
	a := Assignment{User: f[0], Home: f[3], Dash: f[4], Ext: f[5]}
	uid, _, err1 := leadingID(f[1])
	gid, digits, err2 := leadingID(f[2])
	if err1 != nil || err2 != nil || (digits == 0 && uid != 0) {
		return Assignment{}, ErrAssignment
	}
	a.UID, a.GID = uid, gid
	return a, nil
}

// Append adds the answer that ParseAssignment reads to b.
func (a Assignment) Append(b []byte) []byte {
	uid, gid := strconv.FormatUint(uint64(a.UID), 10), strconv.FormatUint(uint64(a.GID), 10)
	for _, f := range []string{a.User, uid, gid, a.Home, a.Dash, a.Ext} {
		b = append(append(b, f...), 0)
	}
	return b
}

// leadingID reads a uid or gid. The last number of 32 bits means "none" to
// the system and is no id.
func leadingID(s string) (id uint32, digits int, err error) {
	for digits < len(s) && s[digits]-'0' <= 9 {
		digits++
	}
	if digits == 0 {
		return 0, 0, nil
	}
	n, err := strconv.ParseUint(s[:digits], 10, 32)
	if err != nil || n == 1<<32-1 {
		return 0, 0, ErrAssignment
	}
	return uint32(n), digits, nil
}

// The keys of users/cdb: a mark and the address in lower case. A simple
// assignment's key ends in a NUL, a wildcard's does not. The empty key holds
// the last characters of all wildcards.
const (
	keyMark   = "!"
	keySimple = "\x00"
)

// ErrFormat is a users/assign that is not of the form of qmail-users(5).
var ErrFormat = errors.New("bad format in users/assign")

// maxAssign bounds a line of users/assign.
const maxAssign = 1 << 20

// ReadAssign reads users/assign and gives add the records that users/cdb
// holds, in their order. Its error is ErrFormat, add's or one of reading.
func ReadAssign(r io.Reader, add func(key, data []byte) error) error {
	lines := bufio.NewReaderSize(r, maxAssign)
	var wildcards []byte
	for {
		raw, err := lines.ReadSlice('\n')
		if err != nil && err != io.EOF {
			if err == bufio.ErrBufferFull {
				return ErrFormat
			}
			return err
		}
		if len(raw) > 0 && raw[0] == '.' {
			return add(nil, wildcards)
		}
		line := string(raw)
		key, fields, ok := strings.Cut(line, ":")
		if err == io.EOF || !ok || key == "" || strings.Contains(line, "\x00") {
			return ErrFormat
		}
		data, ok := assigned(fields)
		if !ok {
			return ErrFormat
		}
		name := keyMark + control.Fold(key[1:])
		if key[0] != '+' {
			name += keySimple
		} else if last := key[len(key)-1]; len(key) > 1 && bytes.IndexByte(wildcards, last) < 0 {
			wildcards = append(wildcards, last)
		}
		if err := add([]byte(name), data); err != nil {
			return err
		}
	}
}

// assigned turns the six fields behind an address into data: NULs for colons,
// but for the last one.
func assigned(fields string) (data []byte, ok bool) {
	end := 0
	for range assignmentFields {
		n := strings.IndexByte(fields[end:], ':')
		if n < 0 {
			return nil, false
		}
		end += n + 1
	}
	return []byte(strings.ReplaceAll(fields[:end-1], ":", "\x00")), true
}
