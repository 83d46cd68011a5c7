package tcprules

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// MaxLine bounds a line of rules, in bytes. Its variables would not fit into
// the environment of a program.
const MaxLine = 1 << 20

// maxNumber is the last number of a range.
const maxNumber = 255

// LineError is a line that is no rule.
type LineError struct {
	Line int    // from 1
	Why  string // "" or what is special about it
	Text string // the line, without its end
}

func (e *LineError) Error() string {
	where := "line " + strconv.Itoa(e.Line)
	if e.Why != "" {
		where += ", " + e.Why
	}
	return where + ": unable to parse this line: " + e.Text
}

var (
	errRule     = errors.New("")
	errColon    = errors.New("no colon")
	errRange    = errors.New("no number in the range")
	errBackward = errors.New("range goes backwards")
	errTooLong  = errors.New("too long")
)

// Parse reads rules, a line each, and calls add with the records that a
// database has for them, in order. A range of addresses is one for each. The
// error is a LineError, or that of r, or of add, which ends it.
func Parse(r io.Reader, add func(address, data []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for number := 1; ; number++ {
		line, err := readLine(in)
		if err != nil && err != io.EOF && err != errTooLong {
			return err
		}
		if err == errTooLong {
			return &LineError{number, errTooLong.Error(), string(line[:80]) + "..."}
		}
		text := bytes.TrimRight(line, "\n\t ")
		if len(text) > 0 && text[0] != '#' {
			address, data, bad := parseLine(text)
			var first, last int
			var before, after []byte
			if bad == nil {
				before, first, last, after, bad = cutRange(address)
			}
			if bad != nil {
				return &LineError{number, bad.Error(), string(text)}
			}
			if failed := addAll(add, before, first, last, after, data); failed != nil {
				return failed
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// readLine returns a line with its end; io.EOF comes with the last one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxLine {
			return line, errTooLong
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// parseLine cuts a rule into its address and the data of its record.
func parseLine(text []byte) (address, data []byte, err error) {
	address, rest, found := bytes.Cut(text, []byte{':'})
	if !found {
		return nil, nil, errColon
	}
	if after, deny := bytes.CutPrefix(rest, []byte("deny")); deny {
		data, rest = append(data, 'D', 0), after
	} else if after, allow := bytes.CutPrefix(rest, []byte("allow")); allow {
		rest = after
	} else {
		return nil, nil, errRule
	}
	for len(rest) > 0 {
		equals := bytes.IndexByte(rest, '=')
		if rest[0] != ',' || equals < 0 || equals+1 == len(rest) {
			return nil, nil, errRule
		}
		name, quote := rest[1:equals+1], rest[equals+1:equals+2]
		value, after, closed := bytes.Cut(rest[equals+2:], quote)
		if !closed {
			return nil, nil, errRule
		}
		data = append(append(append(append(data, '+'), name...), value...), 0)
		rest = after
	}
	return address, data, nil
}

// cutRange finds the range in an address: numbers first to last stand between
// before and after. An address without one is before, with first -1. A dash
// in the name of a host or a user makes no range.
func cutRange(address []byte) (before []byte, first, last int, after []byte, err error) {
	dash := bytes.IndexByte(address, '-')
	if dash < 0 || bytes.ContainsAny(address, "=@") {
		return address, -1, -1, nil, nil
	}
	left := bytes.LastIndexByte(address[:dash], '.') + 1
	right := len(address)
	if dot := bytes.IndexByte(address[dash:], '.'); dot >= 0 {
		right = dash + dot
	}
	first, err = parseNumber(address[left:dash])
	if err != nil {
		return nil, 0, 0, nil, err
	}
	last, err = parseNumber(address[dash+1 : right])
	if err != nil {
		return nil, 0, 0, nil, err
	}
	last = min(last, maxNumber)
	if first > last {
		return nil, 0, 0, nil, errBackward
	}
	return address[:left], first, last, address[right:], nil
}

// parseNumber reads a decimal number; one above maxNumber may come back as
// any number above it.
func parseNumber(digits []byte) (n int, err error) {
	if len(digits) == 0 {
		return 0, errRange
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, errRule
		}
		n = min(10*n+int(c-'0'), maxNumber+1)
	}
	return n, nil
}

func addAll(add func(address, data []byte) error, before []byte, first, last int, after, data []byte) error {
	if first < 0 {
		return add(before, data)
	}
	for n := first; n <= last; n++ {
		address := append(strconv.AppendInt(append([]byte{}, before...), int64(n), 10), after...)
		if err := add(address, data); err != nil {
			return err
		}
	}
	return nil
}
