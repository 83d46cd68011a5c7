package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/printable"
	"qmailkit/internal/syslog"
)

// maxPiece is how many bytes of a line syslog daemons are known to keep; a
// longer line is logged in pieces.
const maxPiece = 799

// Run logs every line of p's standard input under the tag and facility number
// of the arguments.
func Run(p *cmd.Proc) error {
	logger := &syslog.Logger{Tag: "splogger", Facility: syslog.Mail, Now: p.Now}
	if len(p.Args) > 0 {
		logger.Tag = p.Args[0]
	}
	if len(p.Args) > 1 {
		logger.Facility = facility(p.Args[1])
	}
	split(p.Stdin, p.Now, logger.Log)
	return nil
}

// facility reads a facility's number. One that openlog(3) does not take leaves
// it at its default.
func facility(word string) int {
	n, _ := control.LeadingInt(word)
	if n > syslog.LastFacility {
		return syslog.User
	}
	return n
}

// split gives log the lines of r, as far as r can be read, with a time stamp
// before each. The further pieces of a long line have its stamp, a plus and
// its severity.
func split(r io.Reader, now func() time.Time, log func(severity int, text string)) {
	in := bufio.NewReaderSize(r, maxPiece)
	stamp, severity := "", 0
	for continued := false; ; {
		piece, err := in.ReadSlice('\n')
		if err == nil {
			piece = piece[:len(piece)-1]
		}
		switch {
		case len(piece) == 0:
		case continued:
			log(severity, stamp+"+"+printable.Replace(string(piece), '?'))
		default:
			t := now()
			stamp = fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
			severity = severityOf(string(piece))
			log(severity, stamp+" "+printable.Replace(string(piece), '?'))
		}
		continued = err == bufio.ErrBufferFull
		if err != nil && !continued {
			return
		}
	}
}

func severityOf(line string) int {
	switch {
	case strings.HasPrefix(line, "warning:"):
		return syslog.Warning
	case strings.HasPrefix(line, "alert:"):
		return syslog.Alert
	}
	return syslog.Info
}
