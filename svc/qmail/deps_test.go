package main

import (
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/testhome"
)

// What package cli brings along (templates, reflection, another half
// millisecond at every start) is for this command alone.
func TestNobodyElseLinksCLI(t *testing.T) {
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
	users := 0
	for _, line := range strings.Split(string(out), "\n") {
		program, deps, _ := strings.Cut(line, " ")
		if !strings.Contains(deps, "github.com/urfave/cli") {
			continue
		}
		if users++; program != "qmailkit/svc/qmail" {
			t.Errorf("%s contains package cli", program)
		}
	}
	if users == 0 {
		t.Error("nothing contains package cli: the test looks in the wrong place")
	}
}
