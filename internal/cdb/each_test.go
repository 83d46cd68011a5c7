package cdb

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"
)

func TestEach(t *testing.T) {
	records := [][2]string{{"b", "1"}, {"a", ""}, {"", "empty key"}, {"b", "again"}}
	file, err := os.ReadFile(write(t, records...))
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]string
	collect := func(key, data []byte) error {
		got = append(got, [2]string{string(key), string(data)})
		return nil
	}
	if err := Each(bytes.NewReader(file), collect); err != nil || !slices.Equal(got, records) {
		t.Errorf("%q, %v", got, err)
	}
	for _, n := range []int{0, 100, headerSize, headerSize + 3, headerSize + 9} {
		if err := Each(bytes.NewReader(file[:n]), collect); !errors.Is(err, ErrFormat) {
			t.Errorf("of %d bytes: %v", n, err)
		}
	}
	no := errors.New("no")
	if err := Each(bytes.NewReader(file), func(_, _ []byte) error { return no }); err != no {
		t.Errorf("f's error became %v", err)
	}
}

// A length that is a lie takes no memory.
func FuzzEach(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0xff}, headerSize+20))
	f.Add(append([]byte{9, 8, 0, 0}, make([]byte, headerSize)...))
	f.Fuzz(func(t *testing.T, file []byte) {
		size := 0
		Each(bytes.NewReader(file), func(key, data []byte) error {
			size += len(key) + len(data)
			return nil
		})
		if size > len(file) {
			t.Errorf("%d bytes of %d", size, len(file))
		}
	})
}
