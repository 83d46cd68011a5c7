// Package stay lets a program that a server runs for a connection serve
// further connections, one at a time, so that the server saves the starts. To
// everybody else it is the same program: the first connection is its
// descriptors 0 and 1 as ever, and a program that knows nothing of this package
// is started for each.
//
// A server that would like the program to stay names its file in the
// environment and passes a socket as descriptor 3. Over it the program tells
// the exit code of each connection, counted from 1, and is sent the next, with
// the arguments and the environment that a new process would have.
package stay

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/program"
	"qmailkit/internal/sys"
)

// variable tells a program that it may stay, if it is the file of this ID and
// speaks this version of the protocol: the two ends may be replaced one by one.
const (
	variable = "QMAILKIT_STAY"
	version  = "1:"
)

// socketFD is the descriptor of the socket in the program.
const socketFD = 3

// maxRequest bounds what a connection is sent with, in bytes.
const maxRequest = 32 << 10

// ErrRequest is something that no server sends, or that is too long to be sent.
var ErrRequest = errors.New("not a connection")

// Invite is what a server adds to the environment of a program whose file has
// the ID, of package program.
func Invite(id string) string { return variable + "=" + version + id }

// Send has a program that stays serve the connection fd with arguments and
// environment, which hold no NUL. It does not wait.
func Send(socket *os.File, args, env []string, fd int) error {
	request := appendRequest(nil, args, env)
	if len(request) > 4+maxRequest {
		return ErrRequest
	}
	return sys.SendFDs(socket, request, fd)
}

// appendRequest adds a request to b: a length of four bytes, the number of
// arguments, the arguments and the environment, each ended by a NUL.
func appendRequest(b []byte, args, env []string) []byte {
	at := len(b)
	b = append(strconv.AppendInt(append(b, 0, 0, 0, 0), int64(len(args)), 10), 0)
	for _, list := range [][]string{args, env} {
		for _, s := range list {
			b = append(append(b, s...), 0)
		}
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// parseRequest reads what follows the length.
func parseRequest(text string) (args, env []string, err error) {
	text, ok := strings.CutSuffix(text, "\x00")
	if !ok {
		return nil, nil, ErrRequest
	}
	fields := strings.Split(text, "\x00")
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 0 || n >= len(fields) {
		return nil, nil, ErrRequest
	}
	return fields[1 : 1+n : 1+n], fields[1+n:], nil
}

// Answer waits until the program has served connection number, counted from 1,
// and returns its exit code. ok is false when the program will not tell: it
// has ended, or become another one.
func Answer(socket io.Reader, number int) (code int, ok bool) {
	var b [2]byte
	_, err := io.ReadFull(socket, b[:])
	return int(b[1]), err == nil && b[0] == byte(number)
}

// Serve has run serve the connection that p was started for, and then those
// that its server sends, if that wants p to stay. Each gets a Proc of its own.
func Serve(p *cmd.Proc, run func(*cmd.Proc) error) error {
	id := p.Getenv(variable)
	self, err := os.Executable()
	if id == "" || err != nil || version+program.ID(self) != id {
		return run(p)
	}
	p.Unsetenv(variable)
	socket := p.FD(socketFD)
	sys.CloseOnExec(socket) // what run starts, or becomes, has no part in this
	code := p.End(run(p))
	if err := sys.ToNull(0, 1); err != nil { // the client must see its end
		return cmd.Silent(code)
	}
	buf := make([]byte, 4+maxRequest)
	for number := 1; ; number++ {
		if _, err := socket.Write([]byte{byte(number), byte(code)}); err != nil {
			return cmd.Silent(code)
		}
		next, err := receive(p, socket, buf)
		if err == io.EOF {
			return nil // the server has no more for us
		}
		if err != nil {
			return cmd.Silent(cmd.ExitTemporary)
		}
		code = next.End(run(next))
		next.Stdin.Close()
	}
}

// receive waits for a connection, by way of buf. The server must not have more
// than one under way.
func receive(p *cmd.Proc, socket *os.File, buf []byte) (*cmd.Proc, error) {
	n, files, err := sys.ReceiveFiles(socket, buf)
	if err == nil && n == 0 && len(files) == 0 {
		return nil, io.EOF
	}
	next := *p
	if err == nil {
		err = ErrRequest
		if len(files) == 1 {
			next.Stdin, next.Stdout = files[0], files[0]
			next.Args, next.Env, err = receiveRest(socket, buf, n)
		}
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return nil, err
	}
	return &next, nil
}

// receiveRest reads what is still to come of a request of which buf holds n
// bytes.
func receiveRest(r io.Reader, buf []byte, n int) (args, env []string, err error) {
	if n < 4 {
		if _, err := io.ReadFull(r, buf[n:4]); err != nil {
			return nil, nil, io.ErrUnexpectedEOF
		}
		n = 4
	}
	length := binary.BigEndian.Uint32(buf)
	if length > maxRequest || n > 4+int(length) {
		return nil, nil, ErrRequest
	}
	text := slices.Clip(buf[4 : 4+length])
	if _, err := io.ReadFull(r, text[n-4:]); err != nil {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return parseRequest(string(text))
}
