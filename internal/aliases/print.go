package aliases

import (
	"bufio"
	"bytes"
	"errors"
)

// ErrRecord is a record that no forwarding database has.
var ErrRecord = errors.New("bad database format")

// PrintRecord writes one record of a database as an instruction that
// ReadTable makes the same record of. The error is ErrRecord or w's.
func PrintRecord(w *bufio.Writer, key, data []byte) error {
	switch {
	case bytes.HasPrefix(key, []byte(Owner)):
		w.Write(escape(key[1:]))
		w.WriteString(": ?")
		w.Write(escape(data))
		_, err := w.WriteString(";\n")
		return err
	case !bytes.HasPrefix(key, []byte(Commands)):
		return ErrRecord
	case len(data) > 0 && data[len(data)-1] != 0:
		return ErrRecord
	}
	w.Write(escape(key[1:]))
	w.WriteString(":\n")
	err := Entries(bytes.NewReader(data), func(entry string) error {
		if !Followed(entry) && !IsProgram(entry) {
			return ErrRecord
		}
		w.WriteString(", ")
		w.Write(escape([]byte(entry)))
		return w.WriteByte('\n')
	})
	if err == nil {
		_, err = w.WriteString(";\n")
	}
	return err
}

// escape puts a backslash before each byte that would have a meaning of its
// own in a table, and before those that are not ASCII.
func escape(data []byte) []byte {
	out := make([]byte, 0, len(data)+8)
	for _, c := range data {
		if c <= ' ' || c >= 128 || c == ',' || c == ':' || c == ';' || c == '\\' || c == '#' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return out
}
