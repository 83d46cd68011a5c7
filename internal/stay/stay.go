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
	"io"
	"os"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/program"
	"qmailkit/internal/request"
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

// Invite is what a server adds to the environment of a program whose file has
// the ID, of package program.
func Invite(id string) string { return variable + "=" + version + id }

// Send has a program that stays serve the connection fd with arguments and
// environment, which hold no NUL. It does not wait.
func Send(socket *os.File, args, env []string, fd int) error {
	b, err := makeRequest(args, env)
	if err != nil {
		return err
	}
	return sys.SendFDs(socket, b, fd)
}

// makeRequest makes a request of the number of arguments, the arguments and the
// environment.
func makeRequest(args, env []string) ([]byte, error) {
	return request.Make([]string{strconv.Itoa(len(args))}, args, env)
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
	buf := make([]byte, request.Size)
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
		err = request.Err
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
	fields, err := request.Receive(r, buf, n)
	if err != nil {
		return nil, nil, err
	}
	count, err := strconv.Atoi(fields[0])
	if err != nil || count < 0 || count >= len(fields) {
		return nil, nil, request.Err
	}
	return fields[1 : 1+count : 1+count], fields[1+count:], nil
}
