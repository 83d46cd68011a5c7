//go:build freebsd || dragonfly

package sys

import "math"

// limitValue is the type of a limit here; the highest is no limit.
func limitValue(v uint64) int64 { return int64(min(v, math.MaxInt64)) }
