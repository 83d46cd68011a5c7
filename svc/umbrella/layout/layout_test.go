package layout

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/testhome"
)

// build.sh installs what package layout says.
func TestAsInstalled(t *testing.T) {
	root, err := testhome.Module()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(root, "build.sh"))
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^ +(qmail-[a-z0-9|-]+)\)\s+mode=0([0-7]{3})`).FindAllStringSubmatch(string(script), -1)
	seen := 0
	for _, line := range lines {
		mode, err := strconv.ParseUint(line[2], 8, 32)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range strings.Split(line[1], "|") {
			seen++
			if owner, got := Program(name, false); got != fs.FileMode(mode) || owner != Root {
				t.Errorf("%s: %v of %s, and %04o in build.sh", name, got, owner, mode)
			}
		}
	}
	if seen < 15 {
		t.Errorf("%d programs have been found in build.sh", seen)
	}
	setup := regexp.MustCompile(`setup_programs="([^"]*)"`).FindStringSubmatch(string(script))
	if setup == nil {
		t.Fatal("there is no list of setup programs in build.sh")
	}
	for _, name := range strings.Fields(setup[1]) {
		if !InSetup(name) {
			t.Errorf("%s belongs into setup", name)
		}
	}
}
