package svc

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
)

func TestSearch(t *testing.T) {
	for _, c := range []struct {
		path, program string
		answers       map[string]error
		want          error
		tried         []string
	}{
		{"PATH=/a:/b", "x", map[string]error{"/a/x": syscall.ENOENT, "/b/x": nil}, nil, []string{"/a/x", "/b/x"}},
		{"PATH=/a::/b", "x", map[string]error{"/a/x": syscall.EACCES, "./x": syscall.ENOENT, "/b/x": syscall.ENOENT}, syscall.EACCES, []string{"/a/x", "./x", "/b/x"}},
		{"PATH=/a:/b", "x", map[string]error{"/a/x": syscall.ENOTDIR}, syscall.ENOTDIR, []string{"/a/x"}},
		{"PATH=/a:/b", "x", map[string]error{"/a/x": syscall.ENOENT, "/b/x": syscall.ENOENT}, syscall.ENOENT, []string{"/a/x", "/b/x"}},
		{"PATH=/a:/b", "./x", map[string]error{"./x": syscall.ENOENT}, syscall.ENOENT, []string{"./x"}},
		{"PATH=", "x", map[string]error{"./x": nil}, nil, []string{"./x"}},
	} {
		p, _ := clitest.Proc(t, "svc", clitest.World{Env: []string{c.path}})
		var tried []string
		err := Search(p, c.program, func(path string) error {
			tried = append(tried, path)
			return c.answers[path]
		})
		if !errors.Is(err, c.want) || !slices.Equal(tried, c.tried) {
			t.Errorf("%s %s: %v after %q", c.path, c.program, err, tried)
		}
	}
}

func TestPutenv(t *testing.T) {
	env := []string{"A=1", "AB=2", "A=3", "odd"}
	for entry, want := range map[string][]string{
		"A=9": {"AB=2", "odd", "A=9"}, "A=": {"AB=2", "odd", "A="}, "A": {"AB=2", "odd"}, "B": env, "A=B=x": {"AB=2", "odd", "A=B=x"},
	} {
		if got := Putenv(slices.Clone(env), entry); !slices.Equal(got, want) {
			t.Errorf("%s: %q", entry, got)
		}
	}
}
