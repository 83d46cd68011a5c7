package conformance

import (
	"os"
	"regexp"
	"strings"
)

var quoted = regexp.MustCompile("`([^`/ ]+/[^` ]+)`")

// Deviations returns the ids of the cases that DEVIATIONS.md says are
// contradicted: those in its list lines, each id in backquotes.
func Deviations(path string) (map[string]bool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "- `") {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			ids[m[1]] = true
		}
	}
	return ids, nil
}
