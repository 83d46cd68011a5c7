// Package build tells what a program file was built of, so that a program can
// know whether another one holds the same code.
//
// It reads what the linker leaves in every Go program: its package, the
// versions of all, and the settings of the build. Of these, one names the
// sources: the tag build_HASH that build.sh gives, or the revision that the go
// command found in a clean checkout.
package build

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strings"
)

// How much of a file is looked at, how much of it at once, and how long what is
// looked for can be. All are multiples of alignment.
const (
	maxFile  = 64 << 20
	window   = 256 << 10
	maxBlock = 64 << 10
)

// Info is what a program was built of.
type Info struct {
	Package string // of the program: "qmailkit/remote/qmail-remote"
	Sources string // equal where the sources and the settings were; "" where nobody can tell
}

// Of returns what the file at path was built of. It is empty for what is no Go
// program.
func Of(path string) Info {
	f, err := os.Open(path)
	if err != nil {
		return Info{}
	}
	defer f.Close()
	return read(io.LimitReader(f, maxFile))
}

// read looks for the block in one window after the other. Each begins with the
// end of the one before: a block may lie across.
func read(in io.Reader) Info {
	b := make([]byte, window)
	for kept := 0; ; kept = maxBlock {
		n, err := io.ReadFull(in, b[kept:])
		if info := find(b[:kept+n]); info.Package != "" {
			return info
		}
		if err != nil {
			return Info{}
		}
		copy(b, b[window-maxBlock:])
	}
}

// The block of the linker's: a mark at a multiple of 16, flags, and from byte
// 32 on two strings with their lengths before them, the version of Go and the
// module information, which has 16 bytes of no use to us at either end.
const (
	mark      = "\xff Go build"
	markEnd   = "inf:"
	alignment = 16
	header    = 32
	flagsAt   = 15
	inline    = 2 // the strings are here
	fence     = 16
)

func find(b []byte) Info {
	for at := 0; at < len(b); at++ {
		i := bytes.Index(b[at:], []byte(mark))
		if i < 0 {
			return Info{}
		}
		at += i
		block := b[at:]
		if at%alignment == 0 && len(block) > header && bytes.HasPrefix(block[len(mark):], []byte(markEnd)) && block[flagsAt]&inline != 0 {
			if info, ok := parse(block[header:]); ok {
				return info
			}
		}
	}
	return Info{}
}

func parse(b []byte) (info Info, ok bool) {
	version, b, ok := cut(b)
	if !ok {
		return info, false
	}
	module, _, ok := cut(b)
	if !ok || len(module) < 2*fence {
		return info, false
	}
	made := []string{version}
	known, clean := false, true
	for line := range strings.Lines(module[fence : len(module)-fence]) {
		line = strings.TrimSuffix(line, "\n")
		if path, found := strings.CutPrefix(line, "path\t"); found {
			info.Package = path
			continue
		}
		setting, found := strings.CutPrefix(line, "build\t")
		if !found {
			continue
		}
		known = known || strings.HasPrefix(setting, "-tags=build_") || strings.HasPrefix(setting, "vcs.revision=")
		clean = clean && setting != "vcs.modified=true"
		made = append(made, setting)
	}
	if known && clean {
		info.Sources = strings.Join(made, "\n")
	}
	return info, info.Package != ""
}

// cut takes a string with its length off b.
func cut(b []byte) (s string, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", nil, false
	}
	b = b[size:]
	return string(b[:n]), b[n:], true
}
