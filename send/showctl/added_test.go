package showctl

import (
	"strings"
	"testing"
)

// A line of added whose second word nothing stands for would be shown without
// what the file says.
func TestAdded(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(added[1:]) {
		words := strings.Fields(line)
		name, how, shows := words[0], words[1], strings.Count(line, "#")
		want := map[string]int{"lines": 1, "masked": 1, "number": 1, "text": 1, "there": 0, "ciphers": 0, "version": 0}
		if n, ok := want[how]; !ok || n != shows || seen[name] {
			t.Errorf("%q", line)
		}
		if seen[name] = true; !Known(name) {
			t.Errorf("%s is not known", name)
		}
	}
}
