// Package dotqmail knows the names of the files that hold a user's delivery
// instructions (dot-qmail(5)). It stands apart from the delivery engine for
// those who only want to know whether there are any.
package dotqmail

import (
	"iter"
	"strings"

	"qmailkit/internal/control"
)

// Name is a file that may hold the instructions for an extension.
type Name struct {
	File    string // below the user's home folder
	Default bool   // it ends in "default"
	Matched string // the part of the extension that "default" stands for
}

const defaultName = "default"

// File returns the name of the file for ext itself.
func File(dash, ext string) string { return ".qmail" + dash + safe(ext) }

// safe is an extension as it stands in file names: no dots, so that it never
// means a folder above, and no upper case.
func safe(ext string) string {
	return control.Fold(strings.ReplaceAll(ext, ".", ":"))
}

// Names goes through the files in the order in which they are looked for; the
// first that there is counts: that of the whole extension, then the default
// files of ever shorter parts of it (dot-qmail(5), "EXTENSION ADDRESSES").
func Names(dash, ext string) iter.Seq[Name] {
	return func(yield func(Name) bool) {
		whole := safe(ext)
		part, isDefault := strings.CutSuffix(whole, defaultName)
		if !yield(Name{File(dash, ext), isDefault, ext[len(part):]}) {
			return
		}
		for i := len(whole); i >= 0; i-- {
			if i > 0 && whole[i-1] != '-' {
				continue
			}
			if !yield(Name{".qmail" + dash + whole[:i] + defaultName, true, ext[i:]}) {
				return
			}
		}
	}
}
