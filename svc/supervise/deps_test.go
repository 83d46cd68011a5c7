package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It runs as root for years, and has to take little memory: nothing but the system's calls and the rules of a service.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
`)
}
