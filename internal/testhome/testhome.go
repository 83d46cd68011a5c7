// Package testhome gives tests a qmail home with real programs in it, and
// lets them change it without a trace: a test process that has moved into a
// private one (Copy.Mount) sees a copy in memory at the home's path, and, as the
// programs have that path compiled in, so do they.
package testhome

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Var names, in the environment, a home that build.sh has installed for the
// tests. Without it they install one of their own.
const Var = "QMAILKIT_HOME"

// Reference names a home of the C programs; tests never write below it.
const Reference = "QMAIL_REFERENCE"

var once struct {
	sync.Mutex
	dir  string
	temp string
	err  error
}

// Dir returns an installed home: of root with qmail's own users, of anyone
// else a single-user one. Done removes what Dir has made.
func Dir() (string, error) {
	once.Lock()
	defer once.Unlock()
	if once.dir == "" && once.err == nil {
		once.dir, once.err = find()
	}
	return once.dir, once.err
}

func find() (string, error) {
	if dir := os.Getenv(Var); dir != "" {
		_, err := os.Stat(filepath.Join(dir, "bin"))
		return dir, err
	}
	temp, err := os.MkdirTemp("/tmp", "qmailkit-test.")
	if err != nil {
		return "", err
	}
	once.temp = temp
	// Users that are neither root nor the owner run programs below it.
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", err
	}
	dir := filepath.Join(temp, "home")
	return dir, Install(dir, filepath.Join(temp, "out"))
}

// Done removes the home that Dir has installed, if it has.
func Done() {
	once.Lock()
	defer once.Unlock()
	if once.temp != "" {
		os.RemoveAll(once.temp)
	}
}

// Install builds every program for the home dir and installs it there; what is
// built goes to out.
func Install(dir, out string) error {
	return buildSh("--out", out, "--accounts", "/var/qmail", "--prefix", dir, "install")
}

// Build builds every program for the home dir into the folder out/bin.
func Build(dir, out string) error { return buildSh("--out", out, "--prefix", dir) }

func buildSh(args ...string) error {
	root, err := Module()
	if err != nil {
		return err
	}
	cmd := exec.Command("./build.sh", args...)
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build.sh: %w\n%s", err, text)
	}
	return nil
}

// Module returns the folder of the source tree.
func Module() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == "/" {
			return "", fmt.Errorf("there is no go.mod above the working folder")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
