package timeoutio

import (
	"errors"
	"io"
	"os"
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
