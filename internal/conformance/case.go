// Package conformance plays recorded cases against an installed qmail home.
// A case holds a command's world and what the C programs were observed to do
// in it; testdata/conformance/FORMAT.md describes the files. The package is
// the stage, not the judge: nothing in it knows a program or an input.
//
// Every string of a case holds one byte per character, U+0000 to U+00FF.
package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
)

// Outcome is what was observed, part by part ("exit", "stdout", "files" ...),
// in the types of encoding/json.
type Outcome map[string]any

// Case is one line of a cases file: of one command's run, or, where the file
// is of that kind, a Scenario of qmail-send's.
type Case struct {
	ID     string
	Why    string
	Expect Outcome
	Line   []byte `json:"-"` // all of it, for Play and PlayScenario
}

// Command is the program that the case is about.
func (c *Case) Command() string {
	name, _, _ := strings.Cut(c.ID, "/")
	return name
}

// Load reads a cases file.
func Load(path string) ([]*Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var cases []*Case
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		c := &Case{Line: line}
		if err := json.Unmarshal(line, c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Differences lists the parts in which got is not what the case expects, each
// in a readable line or two. A case without any has passed.
func (c *Case) Differences(got Outcome) []string {
	var out []string
	for _, k := range sortedKeys(c.Expect, got) {
		want, ok1 := c.Expect[k]
		have, ok2 := got[k]
		if ok1 != ok2 || !reflect.DeepEqual(want, have) {
			out = append(out, fmt.Sprintf("%s\n  expected %s\n  got      %s", k, show(want, ok1), show(have, ok2)))
		}
	}
	return out
}

func show(v any, present bool) string {
	if !present {
		return "(nothing)"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	const most = 1500
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}

// command is a case of one command's run, parsed.
type command struct {
	Run       []string
	Shell     *string
	Stdin     string
	Env       vars
	User      string
	Home      files
	Files     files
	Cwd       string
	Setup     string
	Servers   map[string]script
	Look      []string
	Clean     []string
	Ignore    []string
	Unchecked []string
	Subst     [][2]string
	Timeout   float64

	// See Resident.
	Spawned *string // the message of a delivery that a spawner makes
	Sorted  bool    // the lines of stdout are compared in the order of letters
}

// file is an entry of "home", "files" or a scenario's "queue".
type file struct {
	name string

	Text  string
	Mode  string // octal
	Mtime *float64
	Age   *float64 // seconds before now
	Dir   bool
	Link  string
}

// files keeps the order of the entries: a folder's mode and time are set
// before or after what goes into it, as the case says.
type files []file

func (fs *files) UnmarshalJSON(data []byte) error {
	return inOrder(data, func(name string, value json.RawMessage) error {
		f := file{name: name}
		*fs = append(*fs, f)
		return json.Unmarshal(value, &(*fs)[len(*fs)-1])
	})
}

// vars are variables of the environment, in their order.
type vars [][2]string

func (vs *vars) UnmarshalJSON(data []byte) error {
	return inOrder(data, func(name string, value json.RawMessage) error {
		*vs = append(*vs, [2]string{name})
		return json.Unmarshal(value, &(*vs)[len(*vs)-1][1])
	})
}

// set gives a variable a value, in its place if it has one already.
func (vs *vars) set(name, value string) {
	for i := range *vs {
		if (*vs)[i][0] == name {
			(*vs)[i][1] = value
			return
		}
	}
	*vs = append(*vs, [2]string{name, value})
}

// get returns a variable's value.
func (vs vars) get(name string) (value string, set bool) {
	i := slices.IndexFunc(vs, func(v [2]string) bool { return v[0] == name })
	if i < 0 {
		return "", false
	}
	return vs[i][1], true
}

// unset takes a variable away.
func (vs *vars) unset(name string) {
	*vs = slices.DeleteFunc(*vs, func(v [2]string) bool { return v[0] == name })
}

// environ is vs as exec takes it.
func (vs vars) environ() []string {
	var out []string
	for _, v := range vs {
		out = append(out, string(raw(v[0]))+"="+string(raw(v[1])))
	}
	return out
}

// inOrder hands each entry of a JSON object to add.
func inOrder(data []byte, add func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := add(name.(string), value); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &f.Text)
	}
	type plain file
	return json.Unmarshal(data, (*plain)(f))
}

// raw turns a case's string into the bytes that it stands for.
func raw(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}

// text turns bytes into a case's string.
func text(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// plain turns a value made of Go's own types into those of encoding/json, so
// that it compares with an expectation.
func plain(v any) (Outcome, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	out := Outcome{}
	return out, json.Unmarshal(data, &out)
}
