package qclient

import (
	"errors"
	"strings"
)

// refusals holds the exit codes of qmail-queue(8) that have words of their own.
// A map would be made at each start of each program.
var refusals = [...]Refusal{
	{Permanent: true, Text: "envelope address too long for qq (#5.1.3)", Exit: 11},
	{Permanent: true, Text: "mail server permanently rejected message (#5.3.0)", Exit: 31},
	{Text: "qq out of memory (#4.3.0)", Exit: 51},
	{Text: "qq timeout (#4.3.0)", Exit: 52},
	{Text: "qq write error or disk full (#4.3.0)", Exit: 53},
	{Text: "qq read error (#4.3.0)", Exit: 54},
	{Text: "qq unable to read configuration (#4.3.0)", Exit: 55},
	{Text: "qq trouble making network connection (#4.3.0)", Exit: 56},
	{Text: "qq trouble in home directory (#4.3.0)", Exit: 61},
	{Text: "qq trouble creating files in queue (#4.3.0)", Exit: 62},
	{Text: "qq trouble creating files in queue (#4.3.0)", Exit: 63},
	{Text: "qq trouble creating files in queue (#4.3.0)", Exit: 64},
	{Text: "qq trouble creating files in queue (#4.3.0)", Exit: 65},
	{Text: "qq trouble creating files in queue (#4.3.0)", Exit: 66},
	{Text: "mail server temporarily rejected message (#4.3.0)", Exit: 71},
	{Text: "connection to mail server timed out (#4.4.1)", Exit: 72},
	{Text: "connection to mail server rejected (#4.4.1)", Exit: 73},
	{Text: "communication with mail server failed (#4.4.2)", Exit: 74},
	{Text: "qq internal bug (#4.3.0)", Exit: 81},
	{Text: "qq internal bug (#4.3.0)", Exit: 91},
	{Permanent: true, Text: "envelope address too long for qq (#5.1.3)", Exit: 115},
	{Text: "unable to exec qq (#4.3.0)", Exit: 120},
}

// refusal gives an exit code its meaning; own is what the program itself said.
func refusal(code int, own string) *Refusal {
	for _, r := range refusals {
		if r.Exit == code {
			return &r
		}
	}
	r := Refusal{}
	switch {
	case (code == 82 || code == 88) && len(own) > 2:
		text, _, _ := strings.Cut(own[1:], "\x00")
		r = Refusal{Permanent: own[0] == 'D', Text: text}
	case code >= 11 && code <= 40:
		r = Refusal{Permanent: true, Text: "qq permanent problem (#5.3.0)"}
	default:
		r = Refusal{Text: "qq temporary problem (#4.3.0)"}
	}
	r.Exit = code
	return &r
}

// Letter is how a refusal begins in the protocols that have one letter for
// it: "D" when it is permanent, "Z" otherwise.
func Letter(err error) string {
	var r *Refusal
	if errors.As(err, &r) && r.Permanent {
		return "D"
	}
	return "Z"
}
