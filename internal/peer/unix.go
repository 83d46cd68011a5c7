package peer

import (
	"os"
	"strconv"

	"qmailkit/internal/sys"
)

// Unix sets the variables of a connection over the Unix socket fd, whose
// server is at path. What the system does not tell of the other side is unset.
func Unix(env *Env, fd int, path string) {
	env.Set("PROTO", "UNIX")
	env.Set("UNIXLOCALPATH", path)
	env.Set("UNIXLOCALUID", strconv.Itoa(os.Getuid()))
	env.Set("UNIXLOCALGID", strconv.Itoa(os.Getgid()))
	for _, name := range []string{"UNIXLOCALPID", "UNIXREMOTEEUID", "UNIXREMOTEEGID", "UNIXREMOTEPID"} {
		env.Unset(name)
	}
	other, known := sys.SocketPeer(fd)
	if !known {
		return
	}
	env.Set("UNIXREMOTEEUID", strconv.FormatUint(uint64(other.UID), 10))
	env.Set("UNIXREMOTEEGID", strconv.FormatUint(uint64(other.GID), 10))
	if other.Pid != 0 {
		env.Set("UNIXREMOTEPID", strconv.Itoa(other.Pid))
	}
}
