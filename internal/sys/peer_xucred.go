//go:build freebsd || darwin

package sys

import "golang.org/x/sys/unix"

// Peer is who connected to a Unix socket. Pid is 0 where the system does not
// tell.
type Peer struct {
	UID, GID uint32
	Pid      int
}

// KnowsPeers tells whether SocketPeer ever knows.
const KnowsPeers = true

// SocketPeer tells who is at the other end of the Unix socket fd.
func SocketPeer(fd int) (Peer, bool) {
	const level = 0 // SOL_LOCAL
	c, err := unix.GetsockoptXucred(fd, level, unix.LOCAL_PEERCRED)
	if err != nil || c.Ngroups < 1 {
		return Peer{}, false
	}
	return Peer{UID: c.Uid, GID: c.Groups[0]}, true
}
