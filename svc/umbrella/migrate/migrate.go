// Package migrate is "qmail migrate": it says what would become of each part of
// an installation of the C programs, puts qmailkit's programs in the place of
// theirs, one by one, and back.
//
// Every program may be exchanged for its counterpart on a live system, in both
// directions, so the order does not matter and nothing has to stand still: a
// rename puts a program into its place, whoever is running it goes on with the
// file that he has, and the next one to be started is the other one. What is
// needed for the way back is in the folder "migrate" of the home: the old
// programs, under second names, and a journal that is written before each step.
package migrate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella/layout"
)

// What becomes of something.
const (
	Kept        = "kept"          // it works as before
	Changed     = "changed"       // it works otherwise: How says how
	Unsupported = "not supported" // it has no effect any more
	Replaced    = "replaced"      // a program: ours takes its place
	Added       = "added"         // a program that was not there
)

// Item is a part of an installation.
type Item struct {
	Kind   string `json:"kind"` // control, variable, program, cron, queue or service
	Name   string `json:"name"`
	Where  string `json:"where"` // the file that has it
	Fate   string `json:"fate"`
	How    string `json:"how"`
	Blocks bool   `json:"blocks"` // mail would be lost or wait: nothing is switched unless that is wanted
}

// World is what lies outside of the home.
type World struct {
	Proc     *cmd.Proc
	From     string   // folder of our programs
	Scripts  []string // patterns of run files and others that start the system
	Rules    []string // patterns of sources of tcprules' tables
	Crontabs []string // patterns
}

// Survey is what there is, and what becomes of it.
type Survey struct {
	Origin   string   `json:"origin"`   // whose programs these are
	Switched bool     `json:"switched"` // they have been switched, or some of them
	Items    []Item   `json:"items"`
	Services []string `json:"services"` // folders of services that run qmail-send

	softlimit bool // a script calls it
}

// Blocks tells whether something is in the way.
func (s *Survey) Blocks() bool {
	return slices.ContainsFunc(s.Items, func(i Item) bool { return i.Blocks })
}

func (s *Survey) add(kind, name, where, fate, how string) *Item {
	s.Items = append(s.Items, Item{Kind: kind, Name: name, Where: where, Fate: fate, How: how})
	return &s.Items[len(s.Items)-1]
}

// Look surveys the home of w.Proc.
func Look(w World) (*Survey, error) {
	if _, err := os.Stat(w.Proc.InHome("control")); err != nil {
		return nil, fmt.Errorf("this is no qmail home: %w", err)
	}
	s := &Survey{Items: []Item{}, Services: []string{}}
	j, err := readJournal(w.Proc.InHome(folder))
	if err != nil {
		return nil, err
	}
	s.Switched = j != nil
	s.Origin = origin(w.Proc, j)
	s.scripts(w)
	if err := s.programs(w); err != nil {
		return nil, err
	}
	s.controls(w)
	s.queue(w)
	s.crontabs(w)
	return s, nil
}

// programs compares the folder bin with ours.
func (s *Survey) programs(w World) error {
	ours, err := names(w.From)
	if err != nil {
		return err
	}
	bin := w.Proc.InHome("bin")
	theirs, err := names(bin)
	if err != nil {
		return err
	}
	for _, name := range theirs {
		switch {
		case slices.Contains(ours, name):
			s.add("program", name, bin, Replaced, "with the same owner and mode")
		default:
			s.add("program", name, bin, Kept, "this is none of qmailkit's, and stays as it is")
		}
	}
	for _, name := range s.additions(ours, theirs) {
		s.add("program", name, bin, Added, "a program that was not there")
	}
	for _, name := range layout.Needed() {
		if !slices.Contains(ours, name) {
			s.add("program", name, w.From, Unsupported, "ours is not there: build all programs").Blocks = true
		}
	}
	for _, name := range ours {
		if slices.Contains(layout.Needed(), name) && !madeFor(filepath.Join(w.From, name), w.Proc.Home) {
			s.add("program", name, w.From, Unsupported, "it was built for another home: ./build.sh --prefix "+w.Proc.Home).Blocks = true
		}
	}
	return nil
}

// additions are the programs of ours to add: those that are called qmail, for
// other names might hide somebody else's program on a script's PATH. Our softlimit
// is to hide another one.
func (s *Survey) additions(ours, theirs []string) (list []string) {
	for _, name := range ours {
		if (strings.HasPrefix(name, "qmail") || name == "softlimit" && s.softlimit) && !slices.Contains(theirs, name) {
			list = append(list, name)
		}
	}
	return list
}

// names lists the files of a folder that are programs.
func names(dir string) (list []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		fi, err := os.Stat(filepath.Join(dir, e.Name()))
		if err == nil && fi.Mode().IsRegular() && fi.Mode().Perm()&0o111 != 0 && e.Name()[0] != '.' && !layout.InSetup(e.Name()) {
			list = append(list, e.Name())
		}
	}
	return list, nil
}
