// Preline feeds a message to a program, with a From_ line, Return-Path and Delivered-To before it.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("preline", Run) }
