package timeoutio

import (
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f := File{r, time.Millisecond}
	buf := make([]byte, 10)
	if _, err := f.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a still pipe: %v", err)
	}
	w.WriteString("hi")
	if n, err := f.Read(buf); string(buf[:n]) != "hi" || err != nil {
		t.Errorf("%q %v", buf[:n], err)
	}
	w.Close()
	if _, err := f.Read(buf); err != io.EOF {
		t.Errorf("a closed pipe: %v", err)
	}
}

func TestWrite(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f := File{w, time.Millisecond}
	block := make([]byte, 4096) // what a pipe takes whole or not at all
	for {
		if _, err = f.Write(block); err != nil {
			break
		}
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a full pipe: %v", err)
	}
}

// The same of a socket without the poller, as it is inherited, and with it.
func TestTalking(t *testing.T) {
	for _, polled := range []bool{false, true} {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		syscall.SetNonblock(fds[0], polled)
		ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
		defer ours.Close()
		f := File{ours, time.Minute}
		if f.Talking(time.Millisecond) {
			t.Errorf("polled %v: it has said nothing", polled)
		}
		theirs.WriteString("hi")
		buf := make([]byte, 10)
		for range 2 { // nothing is taken from it
			if !f.Talking(time.Minute) {
				t.Errorf("polled %v: it has said something", polled)
			}
		}
		if n, err := f.Read(buf); string(buf[:n]) != "hi" || err != nil {
			t.Errorf("polled %v: %q %v", polled, buf[:n], err)
		}
		if n, err := f.Write(buf); n != len(buf) || err != nil {
			t.Errorf("polled %v: %v", polled, err)
		}
		f.Timeout = time.Millisecond
		if _, err := f.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("polled %v: %v", polled, err)
		}
		theirs.Close()
		if !f.Talking(time.Minute) {
			t.Errorf("polled %v: an end is something", polled)
		}
	}
}
