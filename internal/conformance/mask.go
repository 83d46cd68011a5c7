package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
	day   = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)`
)

type pattern struct {
	re *regexp.Regexp
	to string
}

// masks hides in what was observed all that differs from run to run.
type masks struct {
	patterns []pattern
}

// commandMasks stand before a command case's own substitutions.
func commandMasks() [][2]string {
	return [][2]string{
		{day + ` ` + month + ` [ \d]\d \d\d:\d\d:\d\d \d{4}`, `<CTIME>`},
		{`(?:` + day + `, )?\d{1,2} ` + month + ` \d{4} \d\d:\d\d:\d\d [-+]\d{4}`, `<DATE>`},
		{`<\d{14}\.\d+\.qmail@`, `<<STAMP>.<PID>.qmail@`},
		{`\(qmail \d+ `, `(qmail <PID> `},
		{`\bqp \d+\b`, `qp <PID>`},
		{`qp_\d+`, `qp_<PID>`},
		{`<\d+\.\d{9,11}@`, `<<PID>.<TIME>@`}, // the POP3 greeting
		{`@400000[0-9a-f]{18}`, `@<TAI64N>`},
	}
}

// scenarioMasks stand before a scenario's own substitutions.
func scenarioMasks() [][2]string {
	return [][2]string{
		{`(?:\w{3}, )?\d{1,2} ` + month + ` \d{4} \d\d:\d\d:\d\d [-+]\d{4}`, `<DATE>`},
		{`\bqp \d+\b`, `qp <PID>`},
	}
}

func newMasks(standing, own [][2]string) (*masks, error) {
	m := &masks{}
	for _, p := range slices.Concat(standing, own) {
		re, err := regexp.Compile(p[0])
		if err != nil {
			return nil, err
		}
		// A replacement names its groups \1, \2 ...; $ stands for itself.
		to := strings.ReplaceAll(p[1], "$", "$$")
		to = regexp.MustCompile(`\\(\d)`).ReplaceAllString(to, "$${${1}}")
		m.patterns = append(m.patterns, pattern{re, to})
	}
	return m, nil
}

// apply masks one string: the literal texts of hide first, in order, then the
// patterns.
func (m *masks) apply(s string, hide [][2]string) string {
	for _, h := range hide {
		s = strings.ReplaceAll(s, h[0], h[1])
	}
	for _, p := range m.patterns {
		s = p.re.ReplaceAllString(s, p.to)
	}
	return s
}

// named is an ordered map: names that differ only in what is masked are
// numbered in the order in which they were met.
type named []entry

type entry struct {
	name  string
	value any
}

// value masks v, which is made of string, []string, []any, nil, numbers,
// map[string]any and named.
func (m *masks) value(v any, hide [][2]string) any {
	switch v := v.(type) {
	case string:
		return m.apply(v, hide)
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = m.apply(s, hide)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = m.value(e, hide)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[m.apply(k, hide)] = m.value(e, hide)
		}
		return out
	case named:
		out := make(map[string]any, len(v))
		for _, e := range v {
			k := m.apply(e.name, hide)
			free := k
			for n := 2; ; n++ {
				if _, taken := out[free]; !taken {
					break
				}
				free = fmt.Sprintf("%s#%d", k, n)
			}
			out[free] = m.value(e.value, hide)
		}
		return out
	}
	return v
}

func sortedKeys(ms ...Outcome) []string {
	var keys []string
	for _, m := range ms {
		for k := range m {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
