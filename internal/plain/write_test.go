package plain

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestWrite(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text := bytes.Repeat([]byte("0123456789"), 30_000) // more than a pipe holds
	got := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(r)
		got <- all
	}()
	if err := Write(w, text); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if all := <-got; !bytes.Equal(all, text) {
		t.Errorf("%d bytes", len(all))
	}
	if err := Write(w, text); err == nil {
		t.Error("written to a closed file")
	}
}

// The child's standard output is a pipe that nobody reads.
func TestWriteToNobody(t *testing.T) {
	if os.Getenv("WRITE_TO_NOBODY") != "" {
		if err := Write(os.Stdout, []byte("x")); !errors.Is(err, syscall.EPIPE) {
			os.Exit(1)
		}
		os.Exit(7)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	child := exec.Command(os.Args[0], "-test.run=^TestWriteToNobody$")
	child.Env = append(os.Environ(), "WRITE_TO_NOBODY=1")
	child.Stdout = w
	if err := child.Run(); err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Error(err)
	}
}
