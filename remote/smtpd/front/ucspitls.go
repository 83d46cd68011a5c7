package front

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/timeoutio"
	"qmailkit/remote/smtpd"
)

// ucspiTLS is what UCSPITLS says, in the letters of s/qmail.
type ucspiTLS struct {
	off, require bool
	relay        bool // clients with a certificate may relay
}

func parseUCSPITLS(letter string, set bool) ucspiTLS {
	if !set {
		return ucspiTLS{}
	}
	return ucspiTLS{off: letter == "-", require: letter == "!" || letter == "@", relay: letter == "?" || letter == "@"}
}

// tlsServer is a UCSPI server that makes the connection secure when it is told
// to, on the descriptors SSLCTLFD, SSLREADFD and SSLWRITEFD, as sslserver does.
type tlsServer struct {
	files [3]*os.File // in this order
	conn  stream
	relay bool
}

// stream reads and writes by two descriptors.
type stream struct {
	io.Reader
	io.Writer
}

// findServer returns nil where the environment does not tell of one.
func findServer(p *cmd.Proc, timeout time.Duration, says ucspiTLS) *tlsServer {
	var files [3]*os.File
	for i, name := range [...]string{"SSLCTLFD", "SSLREADFD", "SSLWRITEFD"} {
		fd, err := strconv.Atoi(p.Getenv(name))
		if err != nil || fd < 3 {
			return nil
		}
		files[i] = p.FD(fd)
	}
	return &tlsServer{
		files: files, relay: says.relay,
		conn: stream{timeoutio.File{File: files[1], Timeout: timeout}, timeoutio.File{File: files[2], Timeout: timeout}},
	}
}

// start is smtpd.StartTLS. 'y' has the server begin; 'Y' also has it tell of
// the client's certificate, which it does when TLS has begun.
func (s *tlsServer) start() (io.ReadWriter, *smtpd.Login, error) {
	// No program that is started from now on has anything to do with it.
	for _, f := range s.files {
		syscall.CloseOnExec(int(f.Fd()))
	}
	word := "y"
	if s.relay {
		word = "Y"
	}
	if _, err := s.files[0].WriteString(word); err != nil {
		return nil, nil, err
	}
	if !s.relay {
		return s.conn, nil, nil
	}
	env, err := readEnvironment(s.files[0])
	if err != nil {
		return nil, nil, err
	}
	return s.conn, certified(env), nil
}

// maxEnvironment bounds what the server may tell, in bytes: certificates and
// all that is in them.
const maxEnvironment = 1 << 20

// readEnvironment reads NAME=value, each with a NUL behind it, and a NUL.
func readEnvironment(r io.Reader) ([]byte, error) {
	var env []byte
	buf := make([]byte, 8192)
	for !bytes.HasSuffix(env, []byte{0, 0}) {
		n, err := r.Read(buf)
		env = append(env, buf[:n]...)
		if err != nil || len(env) > maxEnvironment {
			return nil, smtpd.ErrGone
		}
	}
	return env, nil
}

// certified returns the client that a verified certificate names, or nil. The
// server has verified it, if it has asked for one at all.
func certified(env []byte) *smtpd.Login {
	values := map[string]string{}
	for _, setting := range bytes.Split(env, []byte{0}) {
		if name, value, ok := bytes.Cut(setting, []byte{'='}); ok {
			values[string(name)] = string(value)
		}
	}
	if values["SSL_CLIENT_S_DN"] == "" || values["SSL_CLIENT_VERIFY"] != "" && values["SSL_CLIENT_VERIFY"] != "SUCCESS" {
		return nil
	}
	return &smtpd.Login{User: values["SSL_CLIENT_S_DN_Email"], Method: smtpd.Certificate, Relay: true}
}
