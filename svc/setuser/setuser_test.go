package main

import (
	"os"
	"testing"

	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"setuser": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

// What comes of it depends on who asks.
func TestScriptAsUser(t *testing.T) {
	if os.Getuid() == 0 {
		scripttest.Run(t, "testdata/root")
	} else {
		scripttest.Run(t, "testdata/user")
	}
}
