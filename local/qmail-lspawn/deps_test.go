package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

func TestImports(t *testing.T) {
	deptest.Only(t, `

	`)
}
