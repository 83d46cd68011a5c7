package smtpd

import "strings"

// extensions reads control/smtpextensions and SMTPEXTENSIONS: what EHLO
// announces beyond what it always has, for the replies are then no longer
// those of the C program.
func (l *loader) extensions() error {
	words, set := l.p.LookupEnv("SMTPEXTENSIONS")
	if !set && !l.missing("smtpextensions") {
		lines, _, err := l.dir.Lines("smtpextensions")
		if err != nil {
			return err
		}
		words = strings.Join(lines, " ")
	}
	for _, word := range strings.Fields(words) {
		switch strings.ToUpper(word) {
		case "ENHANCEDSTATUSCODES":
			l.policy.Enhanced = true
		case "DSN":
			l.policy.DSN = true
		default:
			return unusable("control/smtpextensions: there is no such extension: " + word)
		}
	}
	return nil
}

// enhance puts the status code of RFC 3463 behind the reply code for a client
// that has been told of ENHANCEDSTATUSCODES (RFC 2034): the code that the text
// has in parentheses already, else one that says no more than the reply code.
func (s *Session) enhance(line string) string {
	if !s.Policy.Enhanced || !s.esmtp || len(line) < 4 || line[3] != ' ' {
		return line
	}
	class := line[0]
	if class != '2' && class != '4' && class != '5' {
		return line
	}
	if class == '2' && (s.verb == "ehlo" || s.verb == "helo") {
		return line // RFC 2034 3
	}
	return line[:4] + string(class) + s.detail(line[4:]) + " " + line[4:]
}

// detail is a status code without its class: ".1.1".
func (s *Session) detail(text string) string {
	if open := strings.LastIndex(text, "(#"); open >= 0 && strings.HasSuffix(text, ")") {
		if code := text[open+2 : len(text)-1]; isStatus(code) {
			return code[1:] // the class goes with the reply code, whatever it says
		}
	}
	if text == replyOK[4:] {
		switch s.verb {
		case "mail":
			return ".1.0" // other address status
		case "rcpt":
			return ".1.5" // destination address valid
		}
	}
	return ".0.0"
}

// isStatus tells whether code is "x.y.z", RFC 3463 2.
func isStatus(code string) bool {
	parts := strings.Split(code, ".")
	if len(parts) != 3 || len(parts[0]) != 1 {
		return false
	}
	for _, part := range parts {
		if part == "" || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}
