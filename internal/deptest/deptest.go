// Package deptest holds a program to the packages that it may be made of. The
// less a privileged program contains, the less there is to trust. Tests only.
package deptest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Only fails the test when the program in the test's folder depends on a
// package that allowed does not name; its names are separated by white space,
// and "crypto/..." stands for all below crypto.
// The standard library's own internal packages go without saying.
func Only(t *testing.T, allowed string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to ask")
	}
	out, err := exec.Command("go", "list", "-buildvcs=false", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	names := strings.Fields(allowed)
	packages := strings.Fields(string(out))
	for _, name := range packages[:len(packages)-1] { // the last is the program
		if !strings.HasPrefix(name, "internal/") && name != "runtime" && name != "unsafe" && !allows(names, name) {
			t.Errorf("%s is not allowed here", name)
		}
	}
}

func allows(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		below, tree := strings.CutSuffix(n, "...")
		return n == name || tree && strings.HasPrefix(name, below)
	})
}
