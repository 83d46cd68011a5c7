package peer

import (
	"net"
	"net/netip"
	"time"

	"qmailkit/internal/ident"
)

// owner asks the host of remote whose connection to local that is. It takes no
// longer than patience to connect to port there, and again to get an answer.
func owner(port uint16, remote, local netip.AddrPort, patience time.Duration) (name string, ok bool) {
	from := net.TCPAddrFromAddrPort(netip.AddrPortFrom(local.Addr(), 0))
	dialer := net.Dialer{LocalAddr: from, Timeout: max(patience, time.Nanosecond)}
	conn, err := dialer.Dial("tcp", netip.AddrPortFrom(remote.Addr(), port).String())
	if err != nil {
		return "", false
	}
	defer conn.Close()
	defer time.AfterFunc(patience, func() { conn.Close() }).Stop()
	return ident.Ask(conn, remote, local)
}
