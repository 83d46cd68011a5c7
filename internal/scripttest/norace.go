//go:build !race

package scripttest

// raced tells that the programs contain the race detector, which wants much
// memory.
const raced = false
