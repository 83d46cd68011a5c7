// Package date822 writes the dates that qmail puts into messages.
package date822

import "time"

const layout = "2 Jan 2006 15:04:05 -0000"

// Format returns t as RFC 822 section 5 with a four-digit year, in GMT with
// the zone "-0000" that says nothing of the writer's own.
func Format(t time.Time) string { return t.UTC().Format(layout) }
