package main

import (
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/testhome"
)

// What these bring along (templates, reflection, milliseconds at every start)
// is for this command alone.
func TestNobodyElseLinks(t *testing.T) {
	root, err := testhome.Module()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to ask")
	}
	list := exec.Command("go", "list", "-buildvcs=false", "-f", `{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}`, "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, module := range []string{"github.com/urfave/cli", "github.com/prometheus"} {
		users := 0
		for _, line := range strings.Split(string(out), "\n") {
			program, deps, _ := strings.Cut(line, " ")
			if !strings.Contains(deps, module) {
				continue
			}
			if users++; program != "qmailkit/svc/qmail" {
				t.Errorf("%s contains %s", program, module)
			}
		}
		if users == 0 {
			t.Errorf("nothing contains %s: the test looks in the wrong place", module)
		}
	}
}
