//go:build !(linux || freebsd || darwin)

package sys

// Peer is who connected to a Unix socket. Pid is 0 where the system does not
// tell.
type Peer struct {
	UID, GID uint32
	Pid      int
}

// KnowsPeers tells whether SocketPeer ever knows.
const KnowsPeers = false

// SocketPeer tells who is at the other end of the Unix socket fd. This system
// is not asked.
func SocketPeer(int) (Peer, bool) { return Peer{}, false }
