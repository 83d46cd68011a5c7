//go:build !(freebsd || dragonfly)

package sys

// limitValue is the type of a limit here; the highest is no limit.
func limitValue(v uint64) uint64 { return v }
