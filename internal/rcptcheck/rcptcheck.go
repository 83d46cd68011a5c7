// Package rcptcheck asks qmail-rcptd(8), while a client waits, whether there is
// a recipient. It has no opinion where that program does not run.
//
// The question is the netstring of the recipient, over a connection of its own
// to a socket in the qmail home; the answer is one byte.
package rcptcheck

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"time"

	"qmailkit/internal/netstring"
	"qmailkit/internal/sock"
)

// Where the socket is, below the qmail home.
const (
	Folder = "run"
	socket = "rcptd"
)

// MaxRecipient bounds the recipients that can be asked for, in bytes.
const MaxRecipient = 4096

// patience is how long a client waits for an answer.
const patience = 8 * time.Second

// Verdict says whether there is a recipient. As a byte it is the answer.
type Verdict byte

// The verdicts.
const (
	Unknown Verdict = '?' // it may be one, or is none of ours: what came without asking must come
	Yes     Verdict = 'y' // its mail will be delivered as far as anybody can tell
	No      Verdict = 'n' // its mail would bounce for want of it
)

// Path returns the socket's path in the qmail home.
func Path(home string) string { return filepath.Join(home, Folder, socket) }

// Configured tells whether the home has the socket, whoever listens there.
func Configured(home string) bool {
	fi, err := os.Lstat(Path(home))
	return err == nil && fi.Mode()&os.ModeSocket != 0
}

// Ask asks for the recipient, an address as it came in an envelope. Whatever
// goes wrong is Unknown.
func Ask(home, recipient string) Verdict {
	if len(recipient) > MaxRecipient {
		return Unknown
	}
	conn, err := sock.Unix(Path(home), patience)
	if err != nil {
		return Unknown
	}
	defer conn.Close()
	if _, err := conn.Write(netstring.Append(nil, recipient)); err != nil {
		return Unknown
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return Unknown
	}
	if v := Verdict(answer[0]); v == Yes || v == No {
		return v
	}
	return Unknown
}

// ReadQuestion reads what Ask asks for.
func ReadQuestion(r io.Reader) (recipient string, err error) {
	in := bufio.NewReaderSize(r, 512)
	n, err := netstring.ReadLength(in, MaxRecipient)
	if err != nil {
		return "", err
	}
	b := make([]byte, n+1)
	if _, err := io.ReadFull(in, b); err != nil {
		return "", err
	}
	if b[n] != ',' {
		return "", netstring.ErrFormat
	}
	return string(b[:n]), nil
}
