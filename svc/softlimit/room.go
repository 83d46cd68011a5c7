package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"qmailkit/internal/build"
	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
	"qmailkit/svc"
)

// What the Go runtime takes before a program has asked for anything: address
// space that it reserves and never uses, and data that it maps. It does not
// start with less than about 740 MB of the one and 74 MB of the other.
const (
	reservedAddress = 1 << 30
	reservedData    = 128 << 20
)

// memoryVar tells the Go runtime how much memory it may use, in bytes. Below
// leastMemory its garbage collector would do little else than run.
const (
	memoryVar   = "GOMEMLIMIT"
	leastMemory = 16 << 20
)

// ourModule begins the path that the go command writes into each of our
// programs.
const ourModule = "qmailkit/"

// makeRoom changes the limits of a run file that was written for a C program
// of a few hundred kilobytes, so that the program of ours in its place can
// live under them: what the runtime reserves comes on top of the address
// space and data that were asked for, and the runtime itself is told to keep
// to what was asked for. It leaves alone a command none of whose words names a
// program of ours: what comes behind a foreign one may be what that one runs.
func makeRoom(p *cmd.Proc, limits []limit, argv []string) {
	asked := uint64(highest)
	for _, l := range limits {
		if room(l.resource) > 0 {
			asked = min(asked, l.value)
		}
	}
	if asked == highest || !slices.ContainsFunc(argv, func(word string) bool { return ours(p, word) }) {
		return
	}
	for i, l := range limits {
		limits[i].value = l.value + min(room(l.resource), highest-l.value)
	}
	if _, set := p.LookupEnv(memoryVar); !set {
		p.Setenv(memoryVar, strconv.FormatUint(max(asked, leastMemory), 10))
	}
}

func room(r sys.Resource) uint64 {
	switch r {
	case sys.LimitAddress:
		return reservedAddress
	case sys.LimitData:
		return reservedData
	}
	return 0
}

// step is by how much, in bytes, the runtime's heap grows at the least.
const step = 4 << 20

// storeMemory makes the runtime of this process take more memory than is left
// to do, before limits might refuse it, and stops the garbage collector, which
// would want some of its own: for good, the process is about to end.
func storeMemory() {
	debug.SetGCPercent(-1)
	runtime.KeepAlive(make([]byte, step+1)) // the heap grows by two steps
}

// ours tells whether program, as svc.Exec would find it, is a program of
// qmailkit: its file says of what it was built.
func ours(p *cmd.Proc, program string) bool {
	if program == "" {
		return false
	}
	found := ""
	err := svc.Search(p, program, func(path string) error {
		fi, err := os.Stat(p.Path(path))
		switch {
		case err != nil:
			return err
		case !fi.Mode().IsRegular() || fi.Mode()&0o111 == 0:
			return syscall.EACCES
		}
		found = p.Path(path)
		return nil
	})
	if err != nil {
		return false
	}
	return strings.HasPrefix(build.Of(found).Package, ourModule)
}
