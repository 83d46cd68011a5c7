// Package control reads the control files of qmail-control(5).
package control

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"qmailkit/internal/plain"
)

// maxSize bounds a control file before it is taken into memory.
const maxSize = 64 << 20

// Dir is a control folder, "/var/qmail/control".
type Dir string

// Error is a control file that exists and cannot be used. Line is 0 when the
// file as a whole is at fault.
type Error struct {
	File string // the path
	Line int    // counted from 1
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Err.Error()
	}
	return e.File + ":" + strconv.Itoa(e.Line) + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// read returns the file's bytes; ok is false when there is no such file.
func (d Dir) read(name string) (data []byte, ok bool, err error) {
	path := filepath.Join(string(d), name)
	f, err := plain.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, &Error{File: path, Err: cause(err)}
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = errors.New("larger than 64 MiB")
	}
	if err != nil {
		return nil, false, &Error{File: path, Err: cause(err)}
	}
	return data, true, nil
}

// cause drops the operation and path that os puts around a system error.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Line returns the first line of the file, without trailing blanks and tabs.
// ok is false when there is no such file.
func (d Dir) Line(name string) (line string, ok bool, err error) {
	data, ok, err := d.read(name)
	if !ok || err != nil {
		return "", false, err
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	return trim(first), true, nil
}

// LineOr is Line with a default for a missing file: the value of control/me
// where useMe is set and there is one, else def.
func (d Dir) LineOr(name string, useMe bool, def string) (string, error) {
	line, ok, err := d.Line(name)
	if ok || err != nil {
		return line, err
	}
	if useMe {
		if line, ok, err = d.Line("me"); ok || err != nil {
			return line, err
		}
	}
	return def, nil
}

// Has tells whether there is such a file.
func (d Dir) Has(name string) bool {
	_, err := os.Lstat(filepath.Join(string(d), name))
	return err == nil
}

// MaxInt is what a larger number in a control file counts as.
const MaxInt = 1<<31 - 1

// Int returns the digits that the first line starts with. ok is false when
// there is no file or no digit, so that the caller's default stands; a number
// above MaxInt is MaxInt.
func (d Dir) Int(name string) (n int, ok bool, err error) {
	line, ok, err := d.Line(name)
	if !ok || err != nil {
		return 0, false, err
	}
	n, digits := LeadingInt(line)
	return n, digits > 0, nil
}

// LeadingUint reads the decimal digits that s starts with. A number that is too
// large is the largest there is.
func LeadingUint(s string) uint64 {
	n := 0
	for n < len(s) && s[n]-'0' <= 9 {
		n++
	}
	u, _ := strconv.ParseUint(s[:n], 10, 64) // the error's value is the one wanted
	return u
}

// LeadingInt reads the decimal digits that s starts with, clamped to MaxInt,
// and counts them.
func LeadingInt(s string) (n, digits int) {
	for ; digits < len(s) && s[digits]-'0' <= 9; digits++ {
		if n = n*10 + int(s[digits]-'0'); n > MaxInt {
			n = MaxInt
		}
	}
	return n, digits
}

// Lines returns the entries of a list file: its lines without trailing blanks
// and tabs, less the empty ones and those that start with '#'. A NUL ends an
// entry like a newline. ok is false when there is no such file.
func (d Dir) Lines(name string) (lines []string, ok bool, err error) {
	entries, ok, err := d.Entries(name)
	for _, e := range entries {
		lines = append(lines, e.Text)
	}
	return lines, ok, err
}

// Entry is an entry of a list file and the line that it stands on, counted
// from 1.
type Entry struct {
	Text string
	Line int
}

// Entries is Lines for a caller who names the line that cannot be used.
func (d Dir) Entries(name string) (list []Entry, ok bool, err error) {
	data, ok, err := d.read(name)
	if !ok || err != nil {
		return nil, false, err
	}
	for n := 1; len(data) > 0; n++ {
		raw, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		line := trim(raw)
		if line == "" || line[0] == '#' || line[0] == 0 {
			continue
		}
		for _, text := range strings.Split(line, "\x00") {
			list = append(list, Entry{text, n})
		}
	}
	return list, true, nil
}

// LinesOrMe is Lines, with control/me as the one entry where the file is
// missing. ok is false when both are.
func (d Dir) LinesOrMe(name string) (lines []string, ok bool, err error) {
	lines, ok, err = d.Lines(name)
	if ok || err != nil {
		return lines, ok, err
	}
	me, ok, err := d.Line("me")
	if !ok || err != nil {
		return nil, false, err
	}
	return []string{me}, true, nil
}

func trim(line []byte) string { return string(bytes.TrimRight(line, " \t\n")) }

// Map looks up the entries of a list file without regard to ASCII case. Of
// two entries with one key the later counts.
type Map map[string]string

// NewSet makes a Map whose keys are whole entries.
func NewSet(lines []string) Map {
	m := make(Map, len(lines))
	for _, line := range lines {
		m[Fold(line)] = ""
	}
	return m
}

// NewMap makes a Map of "key:value" entries; what holds no colon is left out.
func NewMap(lines []string) Map {
	m := make(Map, len(lines))
	for _, line := range lines {
		if key, value, ok := strings.Cut(line, ":"); ok {
			m[Fold(key)] = value
		}
	}
	return m
}

// Get returns the value of key and whether there is one.
func (m Map) Get(key string) (string, bool) {
	v, ok := m[Fold(key)]
	return v, ok
}

// Has tells whether key is there.
func (m Map) Has(key string) bool {
	_, ok := m.Get(key)
	return ok
}

// Fold lowers ASCII letters only: bytes above 127 mean themselves.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i]-'A' < 26 {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i]-'A' < 26 {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
