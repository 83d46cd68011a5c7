package smtpd

import (
	"strings"
)

// dialectOf reads the word of control/dialect.
func dialectOf(word string) (d Dialect, known bool) {
	switch word {
	case "base", "netqmail", "notqmail":
		return Exact, true
	case "qregex", "sagredo", "jms1":
		return Regex, true
	case "s/qmail", "sqmail":
		return Tagged, true
	}
	return Exact, false
}

// badList is a file of what is refused.
type badList struct {
	file  string
	lines []string
	into  **List
}

// lists reads badmailfrom and its like. All of them are in one dialect.
func (l *loader) lists() error {
	p := l.policy
	files := []badList{
		{file: "badmailfrom", into: &p.BadSenders},
		{file: "badmailfromnorelay", into: &p.BadSendersNoRelay},
		{file: "badrcptto", into: &p.BadRecipients},
		{file: "badmailto", into: &p.BadRecipients}, // older names of the same
		{file: "badrcpttonorelay", into: &p.BadRecipientsNoRelay},
		{file: "badmailtonorelay", into: &p.BadRecipientsNoRelay},
		{file: "badhelo", into: &p.BadHelos},
		{file: "badhelonorelay", into: &p.BadHelosNoRelay},
	}
	any := false
	for i := range files {
		if l.missing(files[i].file) {
			continue
		}
		lines, _, err := l.dir.Lines(files[i].file)
		if err != nil {
			return err
		}
		files[i].lines = lines
		any = any || len(lines) > 0
	}
	name := ""
	if !l.missing("dialect") {
		var err error
		if name, _, err = l.dir.Line("dialect"); err != nil {
			return err
		}
	}
	l.dialect = strings.ToLower(name)
	dialect, known := dialectOf(l.dialect)
	switch {
	case l.dialect != "" && !known:
		return unusable("control/dialect: there is no such dialect")
	case !any:
		return nil
	case l.dialect == "":
		var err error
		if dialect, err = detect(files); err != nil {
			return err
		}
		if dialect == Exact {
			dialect = l.surroundings()
		}
	}
	if err := build(files, dialect, l.parts.Compile); err != nil {
		return err
	}
	if l.flag("DISABLE_BADMAILFROM") {
		p.BadSenders, p.BadSendersNoRelay = nil, nil
	}
	if l.flag("NOBADHELO") {
		p.BadHelos, p.BadHelosNoRelay = nil, nil
	}
	return nil
}

// surroundings tells the dialect of lines that could be in any, where there is
// something that only one patch has.
func (l *loader) surroundings() Dialect {
	_, helocheck := l.p.LookupEnv("HELOCHECK")
	switch {
	case helocheck:
		return Tagged
	case l.present["badmailfromnorelay"], l.present["badrcpttonorelay"], l.present["badmailtonorelay"], l.present["badhelonorelay"]:
		return Regex
	}
	return Exact
}

func build(files []badList, dialect Dialect, compile func(string) (Matcher, error)) error {
	lines := map[**List][]string{}
	for _, f := range files {
		if len(f.lines) == 0 {
			continue
		}
		lines[f.into] = append(lines[f.into], f.lines...)
		list, err := NewList(lines[f.into], dialect, compile)
		if err == ErrParts {
			return err
		}
		if err != nil {
			return unusable("control/" + f.file + ": " + err.Error())
		}
		*f.into = list
	}
	return nil
}

func unusable(text string) error {
	return &Unusable{"421 " + oneLine(text) + " (#4.3.5)"}
}

// oneLine keeps a line of a file from being more than one line of a reply.
func oneLine(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c == 127 {
			b[i] = '?'
		}
	}
	return string(b)
}

// detect finds the dialect that the lines are in, which must be clear: lines
// that only one of them can mean decide, and where there are none the lines
// are addresses and hosts, as ever.
func detect(files []badList) (Dialect, error) {
	found := Exact
	var open error // a line that may be in either of two dialects
	for _, f := range files {
		for _, line := range f.lines {
			sign := signOf(line)
			if sign == Exact || sign == found {
				continue
			}
			err := unusable("control/" + f.file + ": put base, qregex or s/qmail into control/dialect to say how to read: " + line)
			switch {
			case sign == unclear:
				open = err
			case found != Exact:
				return Exact, err
			default:
				found = sign
			}
		}
	}
	if found == Exact && open != nil {
		return Exact, open
	}
	return found, nil
}

// unclear is a line that is more than an address in more than one dialect.
const unclear Dialect = -1

// signOf tells which dialect a line could only be meant in.
func signOf(line string) Dialect {
	// An address literal is one in every dialect that knows hosts.
	if at := strings.LastIndexByte(line, '@'); at >= 0 {
		if _, ok := parseLiteral(line[at+1:]); ok {
			line = line[:at]
		}
	}
	regex := strings.HasPrefix(line, "^") || strings.HasPrefix(line, "!^") || strings.HasSuffix(line, "$") ||
		strings.Contains(line, ".*") || strings.Contains(line, ".+") || strings.Contains(line, `\`) || strings.ContainsAny(line, "()|")
	tagged := strings.HasPrefix(line, "~") || strings.HasPrefix(line, "?") || strings.HasPrefix(line, "*") ||
		strings.HasPrefix(line, "!*") || len(line) > 1 && strings.HasSuffix(line, "!") || strings.HasSuffix(line, "+") && strings.Contains(line, "@") ||
		strings.HasPrefix(line, "@") && strings.IndexByte("-=", line[len(line)-1]) >= 0
	switch {
	case regex && !tagged:
		return Regex
	case tagged && !regex:
		return Tagged
	case regex || tagged || strings.ContainsAny(line, "*[]") || strings.HasPrefix(line, "!"):
		return unclear
	}
	return Exact
}
