// Package ident asks the host of a client whom a connection belongs to there
// (RFC 1413).
package ident

import (
	"bufio"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// Port is where a host's ident server listens.
const Port = 113

const (
	// maxName is how much of an answer's last field counts, in bytes.
	maxName = 998

	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 4096
)

// Ask asks over conn, a connection to Port of remote's host, about that host's
// connection from remote to local. It waits as long as conn does. What there
// is to say against an answer is not told apart: ok is then false.
func Ask(conn io.ReadWriter, remote, local netip.AddrPort) (name string, ok bool) {
	question := strconv.Itoa(int(remote.Port())) + " , " + strconv.Itoa(int(local.Port())) + "\r\n"
	if _, err := io.WriteString(conn, question); err != nil {
		return "", false
	}
	line, err := bufio.NewReader(io.LimitReader(conn, maxAnswer)).ReadString('\n')
	if err != nil {
		return "", false
	}
	return parse(line)
}

var blanks = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")

// parse returns what stands behind the third colon of an answer, without
// blanks: the name that a USERID gives. An answer with fewer colons says
// nothing, but is one. A NUL, which no environment can hold, ends the name.
func parse(line string) (name string, ok bool) {
	fields := strings.SplitN(blanks.Replace(line), ":", 4)
	if len(fields) > 1 && strings.EqualFold(fields[1], "ERROR") {
		return "", false
	}
	if len(fields) < 4 {
		return "", true
	}
	name, _, _ = strings.Cut(fields[3], "\x00")
	return name[:min(len(name), maxName)], true
}
