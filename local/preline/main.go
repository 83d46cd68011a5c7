// Preline feeds a message to a program, with a From_ line, Return-Path and Delivered-To before it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("preline", Run) }
