// Package man holds the manual pages, and these tests hold them to the programs.
package man

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// topics are the pages that belong to no command.
var topics = []string{
	"addresses.5", "dot-qmail.5", "envelopes.5", "maildir.5", "mbox.5", "qmail-control.5", "qmail-header.5",
	"qmail-log.5", "qmail-users.5", "rewriting.5", "tcp-environ.5", "forgeries.7", "qmail-limits.7", "qmail.7", "qmail-services.7", "qmail-command.8",
}

// foreign are the pages that ours refer to and that come from elsewhere: the
// system, or the C programs of qmail and its relatives.
var foreign = []string{
	"close.2", "flock.2", "fsync.2", "setrlimit.2", "wait.2", "write.2", "asctime.3", "crypt.3", "exec.3", "passwd.5", "services.5", "cdbmake.1", "getent.1", "ps.1",
	"newaliases.1", "qmail-smtpd.8",
}

// components are the folders whose folders are commands, as in build.sh.
var components = []string{"inject", "send", "local", "remote", "maildir", "qmtp", "qmqp", "svc"}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// commands returns the folder of each command by its name, or the script that
// the command is.
func commands(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, component := range components {
		mains, err := filepath.Glob("../" + component + "/*/main.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, main := range mains {
			dir := filepath.Dir(main)
			name := filepath.Base(dir)
			if other := found[name]; other != "" {
				t.Errorf("two commands are called %s: %s and %s", name, other, dir)
			}
			found[name] = dir
		}
	}
	scripts, err := filepath.Glob("../svc/sh/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		found[filepath.Base(script)] = script
	}
	if len(found) == 0 {
		t.Fatal("there are no commands")
	}
	return found
}

// pages returns the text of each page by its file name, "qmail.7".
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.[1-9]")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, file := range files {
		all[file] = read(t, file)
	}
	return all
}

func split(page string) (name, section string) {
	dot := strings.LastIndexByte(page, '.')
	return page[:dot], page[dot+1:]
}

func TestEveryCommandHasOnePage(t *testing.T) {
	all := pages(t)
	of := make(map[string][]string)
	for page := range all {
		if name, _ := split(page); !slices.Contains(topics, page) {
			of[name] = append(of[name], page)
		}
	}
	for name, dir := range commands(t) {
		if len(of[name]) != 1 {
			t.Errorf("%s has %d pages, not one: %v", dir, len(of[name]), of[name])
		}
	}
}

func TestEveryPageIsSomebodys(t *testing.T) {
	all, known := pages(t), commands(t)
	for page := range all {
		name, _ := split(page)
		if known[name] == "" && !slices.Contains(topics, page) {
			t.Errorf("%s belongs to no command and is not in the list of topics", page)
		}
	}
	for _, topic := range topics {
		if all[topic] == "" {
			t.Errorf("%s is missing", topic)
		}
	}
}

func TestSections(t *testing.T) {
	known := commands(t)
	for page, text := range pages(t) {
		name, section := split(page)
		want := []string{"NAME", "DESCRIPTION", "SEE ALSO"}
		if known[name] != "" && !slices.Contains(topics, page) {
			want = append(want, "SYNOPSIS")
			if section == "1" || section == "8" {
				want = append(want, "EXIT STATUS")
			}
		}
		for _, title := range want {
			if !strings.Contains(text, "\n.Sh "+title+"\n") {
				t.Errorf("%s has no section %s", page, title)
			}
		}
		if title := ".Dt " + strings.ToUpper(name) + " " + section + "\n"; !strings.Contains(text, title) {
			t.Errorf("%s lacks the line %q", page, title)
		}
		if !strings.Contains(text, "\n.Os qmailkit\n") {
			t.Errorf("%s is not of qmailkit", page)
		}
	}
}

var reference = regexp.MustCompile(`(?m)^\.(?:.*\s)?Xr (\S+) ([0-9])`)

func TestReferencesLeadSomewhere(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			target := m[1] + "." + m[2]
			if all[target] == "" && !slices.Contains(foreign, target) {
				t.Errorf("%s refers to %s, which is not there", page, target)
			}
		}
	}
}

var (
	optionLetters = regexp.MustCompile(`getopt\.New\("([^"]*)"`)
	namedLetters  = regexp.MustCompile(`getopt\.New\((\w+),`)
)

// letters returns the options that a command's own code asks getopt for.
func letters(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		code := read(t, file)
		for _, m := range optionLetters.FindAllStringSubmatch(code, -1) {
			found += m[1]
		}
		for _, m := range namedLetters.FindAllStringSubmatch(code, -1) {
			value := regexp.MustCompile(`\b` + m[1] + `\s*=\s*"([^"]*)"`).FindStringSubmatch(code)
			if value == nil {
				t.Errorf("%s: the letters in %s are not a constant of that file", file, m[1])
				continue
			}
			found += value[1]
		}
	}
	return strings.ReplaceAll(found, ":", "")
}

// flags returns all letters that stand in a page's .Fl macros.
func flags(text string) string {
	found := ""
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, ".") {
			continue
		}
		inside := false
		for _, word := range strings.Fields(line[1:]) {
			switch {
			case word == "Fl":
				inside = true
			case len(word) == 2 && word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'a' && word[1] <= 'z':
				inside = false // another macro
			case inside:
				found += word
			}
		}
	}
	return found
}

func TestOptionsAreDescribed(t *testing.T) {
	all := pages(t)
	asked := 0
	for name, dir := range commands(t) {
		options := letters(t, dir)
		asked += len(options)
		for page, text := range all {
			if own, _ := split(page); own != name {
				continue
			}
			described := flags(text)
			for _, letter := range options {
				if !strings.ContainsRune(described, letter) {
					t.Errorf("%s does not tell of option -%c", page, letter)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("no command has options: the test looks in the wrong place")
	}
}

func TestLint(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("mandoc is not installed")
	}
	args := []string{"-T", "lint", "-W", "warning"}
	for page := range pages(t) {
		args = append(args, page)
	}
	if out, err := exec.Command(mandoc, args...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
}

func TestReadmeNamesEveryCommand(t *testing.T) {
	text := read(t, "../README.md")
	known := commands(t)
	for name, dir := range known {
		if !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("README.md has no line for %s", dir)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(text, -1) {
		if known[m[1]] == "" {
			t.Errorf("README.md has a line for %s, which is not there", m[1])
		}
	}
}
