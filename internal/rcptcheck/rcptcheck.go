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
	"time"

	"qmailkit/internal/home"
	"qmailkit/internal/netstring"
	"qmailkit/internal/sock"
)

// Socket is the socket's name in the folder run of the qmail home.
const Socket = "rcptd"

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
func Path(dir string) string { return home.Socket(dir, Socket) }

// Configured tells whether the home has the socket, whoever listens there.
func Configured(dir string) bool {
	fi, err := os.Lstat(Path(dir))
	return err == nil && fi.Mode()&os.ModeSocket != 0
}

// Ask asks for the recipient, an address as it came in an envelope. Whatever
// goes wrong is Unknown.
func Ask(dir, recipient string) Verdict {
	if len(recipient) > MaxRecipient {
		return Unknown
	}
	conn, err := sock.Unix(Path(dir), patience)
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
