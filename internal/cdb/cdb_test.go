package cdb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, records ...[2]string) string {
	t.Helper()
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "tmp"), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Add([]byte(r[0]), []byte(r[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cdb")
	if err := w.Rename(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	records := [][2]string{{"", "empty key"}, {"one", "1"}, {"two", ""}, {"one", "again"}}
	for i := range 1000 {
		records = append(records, [2]string{fmt.Sprint("key", i), fmt.Sprint("data", i)})
	}
	r, err := Open(write(t, records...))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, want := range append(records[:3:3], records[4:]...) {
		data, ok, err := r.Find([]byte(want[0]))
		if !ok || err != nil || string(data) != want[1] {
			t.Errorf("%q: %q %v %v", want[0], data, ok, err)
		}
	}
	for _, absent := range []string{"three", "key1000", "On", "one\x00"} {
		if data, ok, err := r.Find([]byte(absent)); ok || err != nil {
			t.Errorf("%q: %q %v %v", absent, data, ok, err)
		}
	}
}

// The sum is that of the file which the C qmail-newu makes of the same records.
func TestBytes(t *testing.T) {
	var many [][2]string
	for i := range 2000 {
		many = append(many, [2]string{fmt.Sprintf("!user%d\x00", i), fmt.Sprintf("user%d\x00%d\x00100\x00/home/user%d\x00\x00", i, 500+i, i)})
	}
	data, err := os.ReadFile(write(t, append(many, [2]string{"", ""})...))
	if err != nil {
		t.Fatal(err)
	}
	const want = "7f8d264b433f6a68b0b1c8f30afdaec2128b760b5f78d6fc2fd90a07cb33320a"
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
		t.Errorf("%x", sum)
	}
}

func TestEmptyFileIsNoDatabase(t *testing.T) {
	for _, content := range []string{"", "old table"} {
		r := NewReader(bytes.NewReader([]byte(content)), int64(len(content)))
		if _, ok, err := r.Find([]byte("x")); ok || !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v %v", content, ok, err)
		}
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "tmp"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("%v", names)
	}
}

func TestAbortRemovesOnlyFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("target", filepath.Join(dir, "tmp")); err != nil {
		t.Fatal(err)
	}
	w, err := Create(filepath.Join(dir, "tmp"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if _, err := os.Lstat(filepath.Join(dir, "tmp")); err != nil {
		t.Error(err)
	}
}

// Whatever a file holds, a lookup ends, in bounded memory, and finds only
// records that have the key.
func FuzzFind(f *testing.F) {
	dir := f.TempDir()
	w, err := Create(filepath.Join(dir, "cdb"), 0o600)
	if err != nil {
		f.Fatal(err)
	}
	w.Add([]byte("key"), []byte("data"))
	w.Add([]byte(""), []byte("-"))
	if err := w.Finish(); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "cdb"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, []byte("key"))
	f.Add(good[:len(good)-3], []byte("key"))
	f.Add(bytes.Repeat([]byte{0xff}, 3000), []byte("key"))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, file, key []byte) {
		r := NewReader(bytes.NewReader(file), int64(len(file)))
		data, ok, err := r.Find(key)
		if ok && err == nil && !bytes.Contains(file, append(append([]byte{}, key...), data...)) {
			t.Errorf("%q was not in the file", data)
		}
	})
}
