// Package syslog hands lines to the machine's syslog daemon as syslog(3) does:
// to whom it cannot be said, it is lost, and the program goes on.
package syslog

import (
	"net"
	"strconv"
	"time"
)

// Severities.
const (
	Alert   = 1
	Warning = 4
	Info    = 6
)

// Facilities: programs in general, mail systems, and the last that there may be.
const (
	User         = 1
	Mail         = 2
	LastFacility = 127
)

// sockets are where the daemon listens, on Linux and the BSDs and on macOS.
var sockets = [...]string{"/dev/log", "/var/run/log", "/var/run/syslog"}

// Logger writes lines of one tag and facility.
type Logger struct {
	Tag      string
	Facility int
	Now      func() time.Time

	conn net.Conn
}

// Log writes one line. When the daemon was started anew since the last, it is
// looked for again.
func (l *Logger) Log(severity int, text string) {
	line := "<" + strconv.Itoa(l.Facility<<3|severity) + ">" + l.Now().Format(time.Stamp) + " " + l.Tag + ": " + text
	for range 2 {
		if l.conn == nil && !l.connect() {
			return
		}
		if _, err := l.conn.Write([]byte(line)); err == nil {
			return
		}
		l.conn.Close()
		l.conn = nil
	}
}

func (l *Logger) connect() bool {
	for _, path := range sockets {
		conn, err := net.Dial("unixgram", path)
		if err == nil {
			l.conn = conn
			return true
		}
	}
	return false
}
