package main

import (
	"testing"

	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"argv0": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }
