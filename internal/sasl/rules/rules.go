// Package rules is what the environment and the arguments of a server say of
// AUTH, without the mechanisms themselves: a program that does not have them
// can still tell whether they are wanted.
package rules

import (
	"os"
	"strings"
)

// Rules are what SMTPAUTH says.
type Rules struct {
	Off   bool
	Must  bool // no mail from who has not authenticated
	Plain bool // PLAIN and LOGIN
	Cram  bool
}

// Parse reads a value of SMTPAUTH. Not set at all, "-" and "0" are off; "" is
// PLAIN and LOGIN, "+cram" those and CRAM-MD5, "cram" CRAM-MD5 alone; a '!'
// before any of it makes authentication a duty. What is none of these counts
// as the mechanisms that it names.
func Parse(value string, set bool) Rules {
	if !set || value == "-" || value == "0" {
		return Rules{Off: true}
	}
	value, must := strings.CutPrefix(value, "!")
	r := Rules{Must: must, Cram: strings.Contains(value, "cram")}
	r.Plain = !r.Cram || strings.Contains(value, "+")
	return r
}

// Arguments finds the checkpassword program in the arguments of a server, in
// either of the orders that are in use: "program words..." and "hostname
// program words...". The first of three or more words is a host's name where
// it has a dot and no slash in it and no program of that name is found along
// path, the value of PATH. host is "" where none is given.
func Arguments(args []string, path string) (host string, program []string) {
	if len(args) >= 3 && strings.Contains(args[0], ".") && !strings.Contains(args[0], "/") && !found(args[0], path) {
		return args[0], args[1:]
	}
	if len(args) < 2 {
		return "", nil // there is nothing to run for who is let in
	}
	return "", args
}

func found(name, path string) bool {
	for _, dir := range strings.Split(path, ":") {
		if fi, err := os.Stat(dir + "/" + name); err == nil && fi.Mode().IsRegular() && fi.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}
