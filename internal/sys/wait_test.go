package sys

import (
	"os"
	"testing"
	"time"
)

func TestReadable(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if Readable(r, time.Millisecond) {
		t.Error("an empty pipe is readable")
	}
	w.WriteString("x")
	if !Readable(r, time.Minute) {
		t.Error("a full pipe is not")
	}
	r.Read(make([]byte, 1))
	w.Close()
	if !Readable(r, time.Minute) {
		t.Error("the end of a pipe is not")
	}
}

func TestWasClosed(t *testing.T) {
	for flag, want := range map[int]bool{os.O_RDONLY: false, os.O_RDWR: true} {
		f, err := os.OpenFile(os.DevNull, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		if WasClosed(f) != want {
			t.Errorf("flags %d: %v", flag, !want)
		}
		f.Close()
	}
	f, err := os.OpenFile(t.TempDir()+"/f", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if WasClosed(f) {
		t.Error("a file was closed")
	}
	f.Close()
	if !WasClosed(f) {
		t.Error("a closed file was not")
	}
}
