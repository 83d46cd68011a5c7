// Package clitest runs a program's Run inside a test, in a world made for it:
// arguments, environment, standard files and clock. Tests only.
package clitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cmd"
)

// World is what a program is run in. The zero value is an empty environment
// and input, and a fresh working folder.
type World struct {
	Args   []string
	Env    []string  // PATH is added where it is missing
	Input  string    // standard input, a file that can be rewound
	Stdin  *os.File  // standard input instead of Input
	Stdout *os.File  // standard output, which the Result then knows nothing of
	Dir    string    // working folder
	Home   string    // qmail home
	Now    time.Time // what the clock says; zero leaves the real one
}

// Result is what came out.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs the program called name in w.
func Run(t testing.TB, name string, run func(*cmd.Proc) error, w World) Result {
	t.Helper()
	p, finish := Proc(t, name, w)
	return finish(p.End(run(p)))
}

// Proc makes the Proc of w, for a test that runs the program itself; finish
// collects the result, given the exit code.
func Proc(t testing.TB, name string, w World) (p *cmd.Proc, finish func(code int) Result) {
	t.Helper()
	own := t.TempDir()
	p = &cmd.Proc{
		Name: name, Args: w.Args, Env: append([]string{}, w.Env...), Dir: w.Dir, Home: w.Home, Pid: 4242,
		Stdin: w.Stdin, Stdout: create(t, own, "stdout"), Stderr: create(t, own, "stderr"),
		Now: time.Now, FD: func(int) *os.File { return nil },
	}
	if _, set := p.LookupEnv("PATH"); !set {
		p.Env = append(p.Env, "PATH=/usr/bin:/bin")
	}
	if p.Dir == "" {
		p.Dir = filepath.Join(own, "w")
		Files(t, p.Dir, nil)
	}
	if p.Home == "" {
		p.Home = own
	}
	if p.Stdin == nil {
		Files(t, own, map[string]string{"stdin": w.Input})
		p.Stdin = Open(t, filepath.Join(own, "stdin"))
	}
	if !w.Now.IsZero() {
		p.Now = func() time.Time { return w.Now }
	}
	stdout := p.Stdout.Name()
	if w.Stdout != nil {
		p.Stdout = w.Stdout
	}
	return p, func(code int) Result {
		t.Helper()
		return Result{Code: code, Stdout: Read(t, stdout), Stderr: Read(t, p.Stderr.Name())}
	}
}

// Files makes the folder dir with the given files in it, folders between
// included; a name that ends in a slash is an empty folder.
func Files(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if name[len(name)-1] == '/' {
			Files(t, path, nil)
			continue
		}
		Files(t, filepath.Dir(path), nil)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Script makes an executable shell script. Another process writes it: a child
// that a test running beside this one has just forked would hold a descriptor
// of ours open for writing, and the script could not be run (ETXTBSY).
func Script(t testing.TB, path, body string) string {
	t.Helper()
	Files(t, filepath.Dir(path), nil)
	writer := exec.Command("/bin/sh", "-c", `cat > "$0" && chmod 755 "$0"`, path)
	writer.Stdin = strings.NewReader("#!/bin/sh\n" + body + "\n")
	if out, err := writer.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", path, err, out)
	}
	return path
}

// Open opens a file for reading until the test's end.
func Open(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Full is a file that takes nothing, as on a disk without room. Where the system
// has none the test is skipped.
func Full(t testing.TB) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("there is no file that takes nothing: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Read returns the content of a file; one that is not there is empty.
func Read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

func create(t testing.TB, dir, name string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
