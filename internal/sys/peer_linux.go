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
	c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Peer{}, false
	}
	return Peer{c.Uid, c.Gid, int(c.Pid)}, true
}
