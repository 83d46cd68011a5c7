package check

import (
	"path/filepath"
	"time"

	"qmailkit/internal/queue"
)

// future finds messages whose birth is to come: their age never ends.
func (c *checker) future(root string) {
	q, err := queue.Open(root)
	if err != nil {
		return
	}
	now := c.Proc.Now()
	for _, dir := range q.Dirs("info") {
		names, err := filepath.Glob(filepath.Join(root, dir, "*"))
		if err != nil {
			return
		}
		for _, name := range names {
			if fi, _, err := c.look(name); err == nil && fi.ModTime().After(now.Add(24*time.Hour)) {
				c.risk("queue-future", name, "this message is from the future: "+fi.ModTime().UTC().Format(time.RFC3339),
					"it is not tried before then; the clock was wrong when it came, or is now", "date; touch "+quote(name))
				return
			}
		}
	}
}
