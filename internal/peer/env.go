package peer

import "strings"

// Env is changes to an environment. The last change of a name counts.
type Env struct {
	names  map[string]int // where in values
	values []string       // NAME=VALUE, or NAME alone that is to be unset
}

// Set gives a variable a value.
func (e *Env) Set(name, value string) { e.change(name, name+"="+value) }

// Unset removes a variable.
func (e *Env) Unset(name string) { e.change(name, name) }

func (e *Env) setName(name string, value Name) {
	if value.Known {
		e.Set(name, value.Text)
	} else {
		e.Unset(name)
	}
}

func (e *Env) change(name, value string) {
	if e.names == nil {
		e.names = make(map[string]int, 24)
	}
	if at, is := e.names[name]; is {
		e.values[at] = value
		return
	}
	e.names[name] = len(e.values)
	e.values = append(e.values, value)
}

// Get returns a variable's value after the changes, where base is what they
// are made to.
func (e *Env) Get(base []string, name string) (value string, set bool) {
	if at, is := e.names[name]; is {
		_, value, set = strings.Cut(e.values[at], "=")
		return value, set
	}
	for _, v := range base {
		if n, value, ok := strings.Cut(v, "="); ok && n == name {
			return value, true
		}
	}
	return "", false
}

// Of returns base with the changes made.
func (e *Env) Of(base []string) []string {
	list := make([]string, 0, len(base)+len(e.values))
	for _, v := range base {
		name, _, _ := strings.Cut(v, "=")
		if _, changed := e.names[name]; !changed {
			list = append(list, v)
		}
	}
	for _, v := range e.values {
		if strings.Contains(v, "=") {
			list = append(list, v)
		}
	}
	return list
}
