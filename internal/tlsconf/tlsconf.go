// Package tlsconf makes TLS of the files that qmail's TLS patch introduced in
// the control folder: a server's certificates and the clients that may relay,
// and for a client which hosts need TLS, which do without, and whom to trust.
//
// Nothing is read before somebody asks for it: a program that does not speak
// TLS in a run pays for none. What a long-lived program has loaded it loads
// again when a file's time or size changes. Errors name the file.
package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"qmailkit/internal/control"
)

// Why a file cannot be used.
var (
	errNoCertificate = errors.New("no certificate in PEM form")
	errNoCRL         = errors.New("no revocation list in PEM form")
)

// maxFile bounds what is read of a file, in bytes.
const maxFile = 4 << 20

// fault is an error of a file of the control folder.
func fault(path string, err error) error {
	if err == nil {
		return nil
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return &control.Error{File: path, Err: err}
}

// read returns all of a file that is not too big.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("file too big")
	}
	return data, err
}

// exists tells whether there is a file; a failure other than its absence is
// an error.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if err == nil {
		return true, nil
	}
	if missing(err) {
		return false, nil
	}
	return false, fault(path, err)
}

// missing tells whether err says that there is no such file.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// loaded is what was made of a file, good for as long as the file is the same.
type loaded[T any] struct {
	time  time.Time
	size  int64
	value T
}

// cache keeps what has been made of files, by path.
type cache[T any] struct {
	mu    sync.Mutex
	files map[string]loaded[T]
	parse func(data []byte) (T, error)
}

// get returns what the file holds; found is false where there is no file.
func (c *cache[T]) get(path string) (value T, found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fi, err := os.Stat(path)
	if missing(err) {
		return value, false, nil
	}
	if err != nil {
		return value, false, fault(path, err)
	}
	if was, ok := c.files[path]; ok && was.time.Equal(fi.ModTime()) && was.size == fi.Size() {
		return was.value, true, nil
	}
	data, err := read(path)
	if err == nil {
		value, err = c.parse(data)
	}
	if err != nil {
		return value, false, fault(path, err)
	}
	if c.files == nil {
		c.files = map[string]loaded[T]{}
	}
	c.files[path] = loaded[T]{fi.ModTime(), fi.Size(), value}
	return value, true, nil
}

// parsePair reads a certificate, its chain and its key, in one file.
func parsePair(data []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, err
	}
	return &pair, nil
}

// pool is a list of authorities.
type pool struct {
	*x509.CertPool
	list []*x509.Certificate
}

func parsePool(data []byte) (pool, error) {
	p := pool{CertPool: x509.NewCertPool()}
	for _, der := range blocks(data, "CERTIFICATE", "TRUSTED CERTIFICATE") {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return p, err
		}
		p.AddCert(cert)
		p.list = append(p.list, cert)
	}
	if len(p.list) == 0 {
		return p, errNoCertificate
	}
	return p, nil
}

func parseCRLs(data []byte) ([]*x509.RevocationList, error) {
	var list []*x509.RevocationList
	for _, der := range blocks(data, "X509 CRL") {
		crl, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, err
		}
		list = append(list, crl)
	}
	if len(list) == 0 {
		return nil, errNoCRL
	}
	return list, nil
}

// blocks returns the PEM blocks of the given types.
func blocks(data []byte, types ...string) (list [][]byte) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return list
		}
		for _, t := range types {
			if block.Type == t {
				list = append(list, block.Bytes)
			}
		}
	}
}

// Stream makes of two descriptors, or of whatever else reads and writes, the
// connection that crypto/tls wants. Time limits are those of in and out;
// closing it closes neither.
func Stream(in io.Reader, out io.Writer) net.Conn { return stream{in, out} }

type stream struct {
	io.Reader
	io.Writer
}

func (stream) Close() error                     { return nil }
func (stream) LocalAddr() net.Addr              { return nowhere{} }
func (stream) RemoteAddr() net.Addr             { return nowhere{} }
func (stream) SetDeadline(time.Time) error      { return nil }
func (stream) SetReadDeadline(time.Time) error  { return nil }
func (stream) SetWriteDeadline(time.Time) error { return nil }

type nowhere struct{}

func (nowhere) Network() string { return "pipe" }
func (nowhere) String() string  { return "pipe" }
