package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// As the system's first process it must not fail: what it needs to see a folder change, and what supervise is made of.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
`)
}
