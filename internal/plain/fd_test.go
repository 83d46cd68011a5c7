package plain

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestFD(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/f"
	fd, err := OpenFD(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer fd.Close()
	if n, err := fd.Write([]byte("text")); n != 4 || err != nil || fd.Sync() != nil {
		t.Errorf("%d %v", n, err)
	}
	var b [8]byte
	if n, err := fd.Read(b[:]); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d %v", n, err)
	}
	if n, err := fd.ReadAt(b[:], 1); string(b[:n]) != "ext" || err != nil {
		t.Errorf("%q %v", b[:n], err)
	}
	if n, err := fd.ReadAt(b[:], 4); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d %v", n, err)
	}
	if err := fd.Rewind(); err != nil {
		t.Error(err)
	}
	if text, err := io.ReadAll(fd); string(text) != "text" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	other, err := fd.File()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var st, same syscall.Stat_t
	if err := errors.Join(fd.Stat(&st), Stat(path, &same), FD(other.Fd()).Stat(&same)); err != nil || st != same || st.Size != 4 {
		t.Errorf("%+v %+v %v", st, same, err)
	}
	if fi, err := other.Stat(); err != nil || Modified(&st) != fi.ModTime().UnixNano() {
		t.Errorf("%d %v", Modified(&st), err)
	}
	if err := Link(path, dir+"/g"); err != nil || Unlink(path) != nil {
		t.Error(err)
	}
	if err := Link(dir+"/g", dir+"/g"); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	folder, err := OpenFD(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil || folder.Sync() != nil || folder.Close() != nil {
		t.Error(err)
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	_, missing := OpenFD(dir+"/none", os.O_RDONLY, 0)
	for _, err := range []error{missing, Stat(dir+"/none", new(syscall.Stat_t)), Unlink(dir + "/none"), Link(dir+"/none", dir+"/x")} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	none := FD(-1)
	for _, err := range []error{none.Sync(), none.Close(), none.Rewind(), none.Stat(new(syscall.Stat_t))} {
		if err != syscall.EBADF {
			t.Error(err)
		}
	}
	if _, err := none.Read(make([]byte, 1)); err != syscall.EBADF {
		t.Error(err)
	}
	if n, err := none.Write([]byte("x")); n != 0 || err != syscall.EBADF {
		t.Error(n, err)
	}
	if _, err := OpenFD("a\x00b", os.O_RDONLY, 0); err != syscall.EINVAL {
		t.Error(err)
	}
	folder, err := OpenFD(dir, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if _, err := folder.Read(make([]byte, 1)); err != syscall.EISDIR {
		t.Error(err)
	}
}

// pair returns the two ends of a stream.
func pair(t *testing.T) (a, b *Conn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*Conn
	for i, fd := range fds {
		if err := syscall.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		if ends[i], err = NewConn(os.NewFile(uintptr(fd), "")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ends[i].Close() })
	}
	return ends[0], ends[1]
}

func TestConn(t *testing.T) {
	a, b := pair(t)
	sent := bytes.Repeat([]byte("0123456789"), 100_000) // more than a socket holds
	go func() {
		a.Write(sent)
		a.Close()
	}()
	if got, err := io.ReadAll(b); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := b.Write([]byte("x")); err != syscall.EPIPE {
		t.Errorf("to nobody: %v", err)
	}
}

func TestDeadline(t *testing.T) {
	_, b := pair(t)
	b.SetReadDeadline(time.Unix(1, 0))
	if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(n, err)
	}
}

func TestDescriptors(t *testing.T) {
	a, b := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := a.Send([]byte("take"), FD(w.Fd())); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 10)
	n, files, err := b.Receive(buf)
	if string(buf[:n]) != "take" || len(files) != 1 || err != nil {
		t.Fatalf("%q %d %v", buf[:n], len(files), err)
	}
	if flags, _, _ := syscall.Syscall(syscall.SYS_FCNTL, uintptr(files[0]), syscall.F_GETFD, 0); flags&syscall.FD_CLOEXEC == 0 {
		t.Error("programs that are started get it")
	}
	files[0].Write([]byte("through"))
	files[0].Close()
	if text, err := io.ReadAll(r); string(text) != "through" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	if err := a.Send([]byte("none"), -1); err != nil {
		t.Error(err)
	}
	if n, files, err := b.Receive(buf); string(buf[:n]) != "none" || files != nil || err != nil {
		t.Errorf("%q %v %v", buf[:n], files, err)
	}
	a.Close()
	if n, files, err := b.Receive(buf); n != 0 || files != nil || err != io.EOF {
		t.Errorf("%d %v %v", n, files, err)
	}
}
