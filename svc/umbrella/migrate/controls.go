package migrate

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/internal/tlsconf"
	"qmailkit/remote"
	"qmailkit/remote/smtpd"
	"qmailkit/send"
	"qmailkit/send/showctl"
)

// controls says of each control file what the programs do with it, by asking
// the programs' own code.
func (s *Survey) controls(w World) {
	dir := control.Dir(w.Proc.InHome("control"))
	entries, err := os.ReadDir(string(dir))
	if err != nil {
		return
	}
	passed := passedOver(w, dir)
	said := map[string]string{}
	if settings, err := showctl.Describe(w.Proc); err == nil {
		for _, f := range settings.Files {
			said[f.Name] = strings.TrimSpace(f.Text)
		}
	}
	for _, e := range entries {
		name := e.Name()
		reason, foreign := foreignFiles[name]
		switch {
		case strings.HasPrefix(name, "."):
		case passed[name]:
			if reason == "" {
				reason = "no program reads it"
			}
			s.add("control", name, string(dir), Unsupported, reason)
		case name == "badmailfrom" || name == "badrcptto" || name == "badhelo" || name == "maxrcpt":
			s.dialect(w, name, string(dir))
		case showctl.Known(name):
			s.add("control", name, string(dir), Kept, first(said[name]))
		case scriptFiles[name] != "":
			s.add("control", name, string(dir), Kept, scriptFiles[name])
		case foreign:
			s.add("control", name, string(dir), Unsupported, reason)
		case strings.HasPrefix(name, "tcp."):
			s.add("control", name, string(dir), Kept, "rules of tcpserver")
		default:
			s.add("control", name, string(dir), Unsupported, "no program of qmailkit reads it; another may, or a script")
		}
	}
	s.unusable(w, dir)
}

// dialect tells how the patched forms of some files are read.
func (s *Survey) dialect(w World, name, dir string) {
	switch wanted := dialectFor(s.Origin); {
	case wanted == "":
		s.add("control", name, dir, Kept, "")
	case there(filepath.Join(dir, "dialect")):
		s.add("control", name, dir, Kept, "read as control/dialect says")
	default:
		s.add("control", name, dir, Changed, "it is read as "+wanted+" does, because control/dialect will say so; that is written when the programs are switched")
	}
}

// dialectFor is the word for control/dialect where that has to be said.
func dialectFor(origin string) string {
	switch origin {
	case "jms1", "sagredo":
		return origin
	case "s/qmail":
		return "s/qmail"
	}
	return ""
}

// passedOver are the control files that qmail-smtpd and TLS say that they pass
// over.
func passedOver(w World, dir control.Dir) map[string]bool {
	passed := map[string]bool{}
	p := *w.Proc
	p.Env = nil
	if policy, err := smtpd.Load(&p, smtpd.Parts{}); err == nil {
		for _, what := range policy.Ignored {
			if name, ok := strings.CutPrefix(what, "control/"); ok {
				passed[strings.Fields(name)[0]] = true
			}
		}
	}
	warnings := tlsconf.NewServer(dir, func(string) string { return "" }).Warnings()
	for _, line := range append(warnings, tlsconf.Client{Dir: dir}.Warnings()...) {
		if path, _, ok := strings.Cut(strings.TrimPrefix(line, string(dir)+"/"), " "); ok {
			passed[strings.TrimSuffix(path, ":")] = true
		}
	}
	return passed
}

// unusable finds what our programs would refuse to start or work with.
func (s *Survey) unusable(w World, dir control.Dir) {
	block := func(err error, how string) {
		where, name := string(dir), "settings"
		var bad *control.Error
		if errors.As(err, &bad) {
			name = filepath.Base(bad.File)
		}
		s.add("control", name, where, Unsupported, how+": "+err.Error()).Blocks = true
	}
	if _, err := remote.LoadSettings(dir); err != nil {
		block(err, "qmail-remote would defer all mail")
	}
	if _, err := send.LoadRules(dir); err != nil {
		block(err, "qmail-send would not start")
	}
	p := *w.Proc
	p.Env = nil
	if _, err := smtpd.Load(&p, smtpd.Parts{}); err != nil && !errors.Is(err, smtpd.ErrParts) {
		block(err, "qmail-smtpd would take no mail")
	}
}

func first(text string) string {
	line, rest, _ := strings.Cut(text, "\n")
	if rest != "" {
		line += " ..."
	}
	return line
}

// queue looks for what of a queue ours do not know.
func (s *Survey) queue(w World) {
	root := w.Proc.InHome("queue")
	entries, err := os.ReadDir(root)
	if err != nil {
		s.add("queue", "queue", root, Unsupported, err.Error()).Blocks = true
		return
	}
	known := []string{"mess", "intd", "todo", "info", "local", "remote", "bounce", "pid", "lock"}
	for _, e := range entries {
		switch name := e.Name(); {
		case slices.Contains(known, name), name == "unexplained":
		case strings.HasPrefix(name, "suppl"):
			i := s.add("queue", name, root, Unsupported, "a channel of mail that ours do not serve")
			if found, _ := filepath.Glob(filepath.Join(root, name, "*", "*")); len(found) > 0 {
				i.Blocks, i.How = true, "there are messages in this channel: let them be delivered first"
			}
		default:
			s.add("queue", name, root, Kept, "ours do not look at it")
		}
	}
	if found, _ := filepath.Glob(w.Proc.InHome("queue[0-9]*")); len(found) > 0 {
		s.add("queue", filepath.Base(found[0]), w.Proc.Home, Unsupported, "ours serve one queue, "+root+": mail in others would wait for ever").Blocks = true
	}
	if fi, err := os.Stat(root + "/lock/tcpto"); err == nil && fi.Size() > 1024 {
		s.add("queue", "lock/tcpto", root, Changed, "it is larger than qmail's, and read as qmail's: empty it once qmail-send is restarted")
	}
	s.add("queue", "queue", root, Kept, "the same files and the same states: what one has left the other finishes")
}
