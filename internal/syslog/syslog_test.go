package syslog

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	l := &Logger{Tag: "qmail", Facility: Mail, Now: func() time.Time { return time.Unix(0, 0).UTC() }, conn: conn}
	l.Log(Warning, "100%s")
	buf := make([]byte, 1000)
	n, _ := daemon.Read(buf)
	if got, want := string(buf[:n]), "<20>Jan  1 00:00:00 qmail: 100%s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
