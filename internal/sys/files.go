package sys

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"qmailkit/internal/plain"
)

// SocketPair returns the two ends of a stream. The first is for this program;
// the second, in blocking mode, for one that it starts.
func SocketPair() (ours, theirs *os.File, err error) {
	// No program that is started meanwhile, perhaps as another user, may get
	// either end.
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		unix.Close(fds[0])
		unix.Close(fds[1])
		return nil, nil, os.NewSyscallError("setnonblock", err)
	}
	return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket"), nil
}

// SendFDs sends b, which must fit the socket's buffer, and the descriptors over
// a socket of SocketPair, all or nothing.
func SendFDs(socket *os.File, b []byte, fds ...int) error {
	conn, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	err = conn.Control(func(fd uintptr) {
		var n int
		if n, serr = unix.SendmsgN(int(fd), b, unix.UnixRights(fds...), nil, 0); serr == nil && n < len(b) {
			serr = unix.EMSGSIZE
		}
	})
	if err == nil {
		err = os.NewSyscallError("sendmsg", serr)
	}
	return err
}

// maxFiles is how many files ReceiveFiles takes at once.
const maxFiles = 4

// ReceiveFiles reads into b from a socket of SocketPair in blocking mode, and
// takes the files that come with it. Only a program that starts no other one
// meanwhile may wait here: that could inherit them.
func ReceiveFiles(socket *os.File, b []byte) (n int, files []*os.File, err error) {
	oob := make([]byte, unix.CmsgSpace(4*maxFiles))
	var oobn int
	for {
		n, oobn, _, _, err = unix.Recvmsg(int(socket.Fd()), b, oob, 0)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return 0, nil, os.NewSyscallError("recvmsg", err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return 0, nil, os.NewSyscallError("recvmsg", err)
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return n, files, nil
}

// ToNull puts /dev/null in the place of the descriptors.
func ToNull(fds ...int) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for _, fd := range fds {
		if err := dup2(int(null.Fd()), fd); err != nil {
			return os.NewSyscallError("dup2", err)
		}
	}
	return nil
}

// CloseOnExec keeps f from the programs that are started from here.
func CloseOnExec(f *os.File) { unix.CloseOnExec(int(f.Fd())) }

// Connect is NonBlocking for who reads and writes without telling the scheduler.
func Connect(f *os.File) (*plain.Conn, error) {
	own, err := NonBlocking(f)
	if err != nil {
		return nil, err
	}
	return plain.NewConn(own)
}

// NonBlocking returns a descriptor of its own for the pipe f, one that does
// not block: whoever waits for it holds no thread, and a full pipe stops nobody
// but the one who writes to it. That holds for all descriptors of this end.
func NonBlocking(f *os.File) (*os.File, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	own := -1
	cerr := conn.Control(func(fd uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if own, err = syscall.Dup(int(fd)); err == nil {
			syscall.CloseOnExec(own)
			err = syscall.SetNonblock(own, true)
		}
	})
	if cerr != nil {
		return nil, cerr
	}
	if err != nil {
		if own >= 0 {
			syscall.Close(own)
		}
		return nil, err
	}
	return os.NewFile(uintptr(own), f.Name()), nil
}
