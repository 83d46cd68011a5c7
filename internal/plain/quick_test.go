package plain

import (
	"io"
	"os"
	"strings"
	"testing"
)

// What is written arrives, whether or not there is room for it at once.
func TestQuick(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	q := NewQuick(w)
	var want strings.Builder
	got := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		got <- string(b)
	}()
	for n := range 200 {
		text := strings.Repeat(string(rune('a'+n%26)), n*41)
		want.WriteString(text)
		if n, err := q.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	w.Close()
	if text := <-got; text != want.String() {
		t.Errorf("%d bytes of %d", len(text), want.Len())
	}
	if _, err := q.Write([]byte("x")); err == nil {
		t.Error("wrote to a closed file")
	}
	file, err := os.Create(t.TempDir() + "/f")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	NewQuick(file).Write([]byte("text"))
	if b, err := os.ReadFile(file.Name()); string(b) != "text" || err != nil {
		t.Errorf("%q %v", b, err)
	}
}

func TestTryWrite(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := NewConn(w)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	defer w.Close()
	total := 0
	for {
		n, err := c.TryWrite(make([]byte, 10_000))
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n == 0 {
			break
		}
	}
	r.Read(make([]byte, 4096))
	if n, err := c.TryWrite(make([]byte, 10_000)); n != 4096 || err != nil {
		t.Error(n, err, total)
	}
	r.Close()
	if _, err := c.TryWrite([]byte("x")); err == nil {
		t.Error("wrote to nobody")
	}
}
