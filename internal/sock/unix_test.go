package sock

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestUnix(t *testing.T) {
	path := t.TempDir() + "/s"
	if _, err := Unix(path, time.Second); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := Unix(strings.Repeat("x", 200), time.Second); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("too long a name: %v", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			io.CopyN(conn, conn, 2)
			conn.Close()
		}
	}()
	c, err := Unix(path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("hi"))
	if b, err := io.ReadAll(c); string(b) != "hi" || err != nil {
		t.Errorf("%q %v", b, err)
	}
}
