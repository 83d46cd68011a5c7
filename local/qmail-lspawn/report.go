package main

import (
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/users"
)

// Reports begin with what qmail-send is to do: K delivered, Z try again, D
// give up.
const (
	noBox     = "DSorry, address must have something before the @. (#5.1.3)\n"
	otherUser = "ZThis qmail home is its owner's alone: it cannot deliver to another user. (#4.3.5)\n"
	noPipe    = "Zqmail-spawn unable to create pipe. (#4.3.0)\n"
	noFork    = "Zqmail-spawn unable to fork. (#4.3.0)\n"
	crashed   = "Zqmail-local crashed.\n"
)

// A report is cut to this many bytes, of which tooLong are the last.
const (
	maxReport = 3000
	tooLong   = "\nError report too long, sorry.\n"
)

// The Go runtime exits with this code after a crash of its own.
const codePanic = 2

// fixed returns the report of a code that has one of its own.
func fixed(code int) string {
	switch code {
	case users.CodeCDB:
		return "ZTrouble reading users/cdb in qmail-lspawn.\n"
	case users.CodeMemory:
		return "ZOut of memory in qmail-lspawn.\n"
	case users.CodeSystem:
		return "ZTemporary failure in qmail-lspawn.\n"
	case users.CodeNoAlias:
		return "ZUnable to find alias user!\n"
	case users.CodeRoot:
		return "ZNot allowed to perform deliveries as root.\n"
	case users.CodeUsage:
		return "ZInternal qmail-lspawn bug.\n"
	case users.CodeNFS:
		return "ZNFS failure in qmail-local.\n"
	case users.CodeHard:
		return "DUnable to run qmail-local.\n"
	case users.CodeSoft:
		return "ZUnable to run qmail-local.\n"
	case users.CodeGetpw:
		return "ZUnable to run qmail-getpw.\n"
	case codePanic:
		return crashed
	}
	return ""
}

// reportCode makes the report of an exit code and what was said, as far as
// the first NUL.
func reportCode(code int, output string) string {
	if text := fixed(code); text != "" {
		return text
	}
	output, _, _ = strings.Cut(output, "\x00")
	switch code {
	case 0:
		return "K" + output
	case cmd.ExitTemporary, 71, 74, 75:
		return "Z" + output
	}
	return "D" + output
}

// report is what the deliverer says, cut if that is too much.
func report(said []byte) string {
	if len(said) > maxReport {
		return string(said[:maxReport-len(tooLong)-3]) + tooLong
	}
	return string(said)
}
