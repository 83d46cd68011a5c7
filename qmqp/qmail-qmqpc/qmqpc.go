package main

import (
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/sock"
	"qmailkit/qmqp"
)

// The exit codes of qmail-queue(8) that qmail-qmqpc uses.
const (
	exitRefused   = 31
	exitRead      = 54
	exitControl   = 55
	exitHome      = 61
	exitDeferred  = 71
	exitTimeout   = 72
	exitNoConnect = 73
	exitLost      = 74
	exitEnvelope  = 91
)

const (
	connectLimit  = 10 * time.Second
	transferLimit = 60 * time.Second
)

// Run sends the message on descriptor 0 with the envelope on descriptor 1 to
// the first of control/qmqpservers that can be reached. Its word is final.
func Run(p *cmd.Proc) error {
	if _, err := os.Stat(p.Home); err != nil {
		return cmd.Silent(exitHome)
	}
	dir := control.Dir(p.InHome("control"))
	servers, ok, err := dir.Lines("qmqpservers")
	// me says nothing here, but where it cannot be read the home is not in order.
	if _, _, unreadable := dir.Line("me"); err != nil || unreadable != nil || !ok {
		return cmd.Silent(exitControl)
	}
	req, code := request(p)
	if code != 0 {
		return cmd.Silent(code)
	}
	code = exitControl
	for _, line := range servers {
		addr, ok := address(line)
		if !ok {
			continue
		}
		conn, err := sock.TCP(netip.AddrPortFrom(addr, qmqp.Port), connectLimit, transferLimit)
		if err != nil {
			code = connectFailure(err)
			continue
		}
		defer conn.Close()
		return cmd.Silent(send(req, connection{conn}))
	}
	return cmd.Silent(code)
}

func request(p *cmd.Proc) (*qmqp.Request, int) {
	message, err := io.ReadAll(p.Stdin)
	if err != nil {
		return nil, exitRead
	}
	envelope, err := io.ReadAll(p.Stdout)
	if err != nil {
		return nil, exitRead
	}
	req, err := qmqp.NewRequest(message, envelope)
	if err != nil {
		return nil, exitEnvelope
	}
	return req, 0
}

// connection is one whose steps are limited as it is made.
type connection struct{ *sock.Conn }

func (connection) SetDeadline(time.Time) error { return nil }

func send(req *qmqp.Request, conn connection) int {
	answer, err := req.Send(conn, transferLimit)
	switch {
	case err != nil:
		return exitLost
	case answer == qmqp.Temporary:
		return exitDeferred
	case answer == qmqp.Permanent:
		return exitRefused
	}
	return 0
}

func connectFailure(err error) int {
	if sock.TimedOut(err) {
		return exitTimeout
	}
	return exitNoConnect
}

// address reads the IP address that a line of control/qmqpservers starts
// with; what follows an IPv4 address is ignored, as it always was.
func address(line string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(line); err == nil {
		return addr, true
	}
	var b [4]byte
	for i := range b {
		if i > 0 {
			rest, dot := strings.CutPrefix(line, ".")
			if !dot {
				return netip.Addr{}, false
			}
			line = rest
		}
		n, digits := control.LeadingInt(line)
		if digits == 0 || n > 255 {
			return netip.Addr{}, false
		}
		b[i], line = byte(n), line[digits:]
	}
	return netip.AddrFrom4(b), true
}
