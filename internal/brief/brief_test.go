package brief_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	_ "qmailkit/internal/brief"
)

func TestOneProcessor(t *testing.T) {
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("%d", n)
	}
}

// A test of package brief itself would be prepared with all that it imports.
// It is of no use after package os.
func TestOrder(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	own := strings.Index(string(out), "init qmailkit/internal/brief ")
	for _, later := range []string{"sync", "syscall", "os"} {
		if i := strings.Index(string(out), "init "+later+" "); own < 0 || i >= 0 && i < own {
			t.Errorf("after package %s:\n%s", later, out)
		}
	}
}
