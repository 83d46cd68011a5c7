package main

import (
	"os"
	"strconv"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
	"qmailkit/internal/printable"
)

const (
	synopsis = "822mimeparts [ -hvl ]"
	textRead = "unable to read input"
	textMake = "unable to create "
	textFile = "unable to write "
	textLink = ": warning: unable to link "
	textBad  = ": warning: not all could be decoded: "
)

// Run writes the parts of the message on p's standard input to files of the
// working folder, and a line about each to standard error.
func Run(p *cmd.Proc) error {
	w := &writer{p: p}
	opts := getopt.New("hvl", p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'h':
			return p.Usage(synopsis)
		case 'v':
			w.verbose = true
		case 'l':
			w.link = true
		}
	}
	if opts.Err != nil {
		return p.Usage(synopsis)
	}
	w.walk.out = output{w.begin, w.write, w.end}
	err := w.walk.run(p.Stdin)
	if w.file != nil {
		w.file.Close()
	}
	if err != nil && w.fault == nil {
		return p.FatalSys(cmd.ExitTemporary, textRead, err)
	}
	return w.fault
}

// writer makes the files.
type writer struct {
	p             *cmd.Proc
	walk          walk
	verbose, link bool
	name          string
	file          *os.File
	fault         error // why it has stopped
}

// begin opens a part's file. It is never one that is there already: its name
// comes from a stranger.
func (w *writer) begin(part *part) (err error) {
	w.name = short(part.boundary) + "." + short(w.walk.id) + ":" + strconv.Itoa(part.number)
	w.file, err = os.OpenFile(w.p.Path(w.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		w.fault = w.p.FatalSys(cmd.ExitTemporary, textMake+w.name, err)
	}
	return err
}

func (w *writer) write(b []byte) error {
	_, err := w.file.Write(b)
	if err != nil {
		w.fault = w.p.FatalSys(cmd.ExitTemporary, textFile+w.name, err)
	}
	return err
}

func (w *writer) end(part *part) error {
	err := w.file.Close()
	w.file = nil
	if err != nil {
		w.fault = w.p.FatalSys(cmd.ExitTemporary, textFile+w.name, err)
		return err
	}
	line := w.name + " " + printable.Replace(part.kind, '?')
	if w.verbose {
		line += " lines " + strconv.Itoa(part.first) + "-" + strconv.Itoa(part.last)
	}
	if part.name != "" {
		line += " " + printable.Replace(part.name, '?')
	}
	w.p.Stderr.WriteString(line + "\n")
	if part.bad {
		w.p.Stderr.WriteString(w.p.Name + textBad + w.name + "\n")
	}
	if link := fileName(part.name); w.link && link != "" {
		if err := os.Symlink(w.name, w.p.Path(link)); err != nil {
			w.p.Stderr.WriteString(w.p.Name + textLink + link + ": " + errstr.Text(err) + "\n")
		}
	}
	return nil
}

// short makes a piece of a file name of the first 8 characters of s.
func short(s string) string {
	if s == "" {
		return "unknown"
	}
	return clean(strings.ToLower(s[:min(len(s), 8)]), "")
}

// fileName makes a file name of what a part was called, "" for none.
func fileName(s string) string {
	s = clean(s[:min(len(s), 200)], ".-")
	if s != "" && s[0] != '.' && s[0] != '-' {
		return s
	}
	return strings.Trim(s, ".-")
}

// clean puts an underscore for all but letters, digits and those of also.
func clean(s, also string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(also, c) >= 0:
		default:
			b[i] = '_'
		}
	}
	return string(b)
}
