package smtpwire

import "strings"

// Extensions is what a server says in its answer to EHLO: keywords in capital
// letters, and the parameters of each as they stand (RFC 5321 4.1.1.1).
type Extensions map[string]string

// ParseExtensions reads the answer to EHLO. Its first line greets; every other
// one is a code, a keyword, and parameters.
func ParseExtensions(r Reply) Extensions {
	e := Extensions{}
	lines := strings.Split(string(r.Text), "\n")
	for _, line := range lines[1:] {
		if len(line) <= 4 {
			continue
		}
		keyword, parameters, _ := strings.Cut(strings.TrimSpace(line[4:]), " ")
		if keyword != "" {
			e[strings.ToUpper(keyword)] = strings.TrimSpace(parameters)
		}
	}
	return e
}

// Has tells whether the server knows keyword, given in capital letters.
func (e Extensions) Has(keyword string) bool {
	_, ok := e[keyword]
	return ok
}
