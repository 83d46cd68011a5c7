package migrate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/remote/smtpd"
)

// largest is how much is read of a script or crontab.
const largest = 1 << 20

func readText(path string) (string, bool) {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > largest {
		return "", false
	}
	data, err := os.ReadFile(path)
	return string(data), err == nil && !strings.Contains(string(data), "\x00")
}

// scripts looks at what starts the system, and for services of qmail-send.
func (s *Survey) scripts(w World) {
	for _, path := range matching(append(slices.Clone(w.Scripts), w.Rules...)) {
		script, ok := readText(path)
		if !ok || !strings.Contains(script, "qmail") && !isRules(w, path) {
			continue
		}
		rules := isRules(w, path)
		if !rules {
			how := "its programs are found under the same names"
			if call, low := limit(script); call != "" {
				s.limited(w, path, script, call, low)
			}
			s.add("service", path, path, Kept, how)
			if filepath.Base(path) == "run" && (strings.Contains(script, "qmail-start") || strings.Contains(script, w.Proc.InHome("rc"))) {
				s.Services = append(s.Services, filepath.Dir(path))
			}
		}
		for _, name := range variables(script) {
			s.variable(w, name, path)
		}
		for _, dir := range envdirs(script) {
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				s.variable(w, e.Name(), dir)
			}
		}
	}
}

func isRules(w World, path string) bool {
	return slices.ContainsFunc(w.Rules, func(pattern string) bool {
		ok, err := filepath.Match(pattern, path)
		return ok && err == nil
	})
}

func matching(patterns []string) (list []string) {
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		for _, path := range found {
			if !strings.HasSuffix(path, ".cdb") && !slices.Contains(list, path) {
				list = append(list, path)
			}
		}
	}
	return list
}

// goNeeds is how many bytes of address space a Go program needs to start.
const goNeeds = 800_000_000

// limit returns the call of softlimit in a script, and whether it leaves a
// program less memory than one of Go's needs.
func limit(script string) (call string, low bool) {
	fields := strings.Fields(script)
	i := slices.IndexFunc(fields, func(word string) bool { return filepath.Base(word) == "softlimit" })
	if i < 0 {
		return "", false
	}
	for n := i + 1; n < len(fields) && len(fields[n]) > 1 && fields[n][0] == '-'; n++ {
		letter, value := fields[n][1], fields[n][2:]
		if n++; value != "" || n == len(fields) {
			n--
		} else {
			value = fields[n]
		}
		if bytes, digits := control.LeadingInt(value); strings.IndexByte("mad", letter) >= 0 && digits > 0 && bytes < goNeeds {
			low = true
		}
	}
	return fields[i], low
}

// limited is about a script with a limit. Our softlimit makes room where the
// program behind it is ours; somebody else's does not.
func (s *Survey) limited(w World, path, script, call string, low bool) {
	s.softlimit = true
	ours := call == w.Proc.InHome("bin", "softlimit") || call == "softlimit" && strings.Contains(script, w.Proc.InHome("bin")+":")
	switch {
	case !low:
	case ours:
		s.add("service", path, path, Changed, "its limit of memory is below what a Go program needs; softlimit of qmailkit, found first on its PATH, makes room")
	default:
		s.add("service", path, path, Unsupported, "its limit of memory would stop our programs at their start: have it call "+w.Proc.InHome("bin", "softlimit")+", or raise the limit to "+
			"2000000000").Blocks = true
	}
}

// variables returns the names that a script or a file of rules gives values
// to: NAME=, where a word may begin.
func variables(script string) (list []string) {
	for _, line := range strings.Split(script, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for i := 0; i < len(line); i++ {
			if line[i] != '=' {
				continue
			}
			start := i
			for start > 0 && variableByte(line[start-1]) {
				start--
			}
			name := line[start:i]
			begins := start == 0 || strings.IndexByte(" \t;,&|(\"'`", line[start-1]) >= 0
			if len(name) > 1 && begins && strings.ToUpper(name) == name && strings.Trim(name, "0123456789_") != "" && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

func variableByte(b byte) bool { return b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' }

// envdirs returns the folders that a script has envdir read.
func envdirs(script string) (list []string) {
	fields := strings.Fields(script)
	for i, word := range fields {
		if filepath.Base(word) == "envdir" && i+1 < len(fields) && strings.HasPrefix(fields[i+1], "/") {
			list = append(list, fields[i+1])
		}
	}
	return list
}

// variable says what the programs do with a variable.
func (s *Survey) variable(w World, name, where string) {
	p := *w.Proc
	p.Env = []string{name + "=1"}
	if policy, err := smtpd.Load(&p, smtpd.Parts{}); err == nil && slices.Contains(policy.Ignored, "the variable "+name) {
		s.add("variable", name, where, Unsupported, "qmail-smtpd passes over it")
		return
	}
	reason, foreign := foreignVariables[name]
	switch {
	case slices.Contains(honoured, name) || strings.HasPrefix(name, "AUTH_SET_") || strings.HasPrefix(name, "AUTH_UNSET_"):
		s.add("variable", name, where, Kept, "")
	case foreign && blockingVariables[name]:
		s.add("variable", name, where, Unsupported, reason).Blocks = true
	case foreign && strings.HasPrefix(reason, "read by"):
		s.add("variable", name, where, Kept, reason)
	case foreign || strings.HasPrefix(name, "CHKUSER_") || strings.HasPrefix(name, "LDAP"):
		if reason == "" {
			reason = "no program of qmailkit reads it"
		}
		s.add("variable", name, where, Unsupported, reason)
	default:
		s.add("variable", name, where, Kept, "the script's own")
	}
}

// crontabs looks for lines that have to do with qmail.
func (s *Survey) crontabs(w World) {
	for _, path := range matching(w.Crontabs) {
		table, ok := readText(path)
		if !ok {
			continue
		}
		for _, line := range strings.Split(table, "\n") {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' || !strings.Contains(line, w.Proc.Home) && !strings.Contains(line, "qmail") {
				continue
			}
			fate, how := Kept, "nothing in it is exchanged"
			for _, i := range s.Items {
				if i.Kind == "program" && i.Fate == Replaced && mentions(line, i.Name) {
					how = "it runs " + i.Name + ", which takes the same arguments"
				}
			}
			s.add("cron", line, path, fate, how)
		}
	}
}

// mentions tells whether a program is one of a line's words.
func mentions(line, program string) bool {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t;|&()`\"'", r) }) {
		if filepath.Base(word) == program {
			return true
		}
	}
	return false
}
